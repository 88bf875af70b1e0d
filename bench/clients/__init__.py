"""Lean clients of the load processes: they must cost far less than what they measure."""
