"""What a unit of work keeps: one module for each port of the core."""
