"""Use cases: load, let the domain decide, save, and put what must leave into the outbox; one unit
of work each.
"""
