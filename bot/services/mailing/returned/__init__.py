"""What comes back of our own mail, and what follows from it."""
