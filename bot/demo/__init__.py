"""The demonstration: the whole service on sample people, mail and alerts, with nothing leaving the
machine.
"""
