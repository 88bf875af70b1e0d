"""What says something of a person: found, given out and erased."""
