"""One suite for each port, run on SQLite, PostgreSQL and memory."""
