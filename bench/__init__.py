"""Measures the service on this machine: each figure against a limit that is taken in the same run.

`python -m bench` prints a table; nothing outside 127.0.0.1 and a temporary folder is touched.
"""
