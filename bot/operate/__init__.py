"""What an operator does from the command line: run, look after the queues, and find
what is wrong.
"""
