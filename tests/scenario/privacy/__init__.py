"""What is known of a person, given out and erased."""
