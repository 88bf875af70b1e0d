"""The passes that time and waiting rows drive: each `run_once()` is idempotent and safe in two
processes.
"""
