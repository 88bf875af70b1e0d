"""What a message says and carries, shown honestly."""
