"""What the things of a desk are and which changes they allow: frozen values and pure functions."""
