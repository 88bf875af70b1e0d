"""What agents do with tickets."""
