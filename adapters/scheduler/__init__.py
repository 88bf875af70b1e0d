"""The ticks that wake the engine; deadlines themselves are rows, never jobs."""
