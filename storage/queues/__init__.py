"""What waits for its turn: leased by the database's clock, finished at most once."""
