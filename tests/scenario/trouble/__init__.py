"""Something outside, or a part of the house, is down or slow."""
