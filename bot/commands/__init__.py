"""The one command table: what can be typed, pressed and filled in, on every surface."""
