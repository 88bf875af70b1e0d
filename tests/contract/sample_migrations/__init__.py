"""The migrations of the sample table."""
