"""Real servers of the distribution, run privately for a test where they are installed."""
