"""The parts, headers and characters of a message, read with tolerance and within bounds."""
