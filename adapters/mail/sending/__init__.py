"""How mail leaves: composed once, handed to the right smarthost, its answers understood."""
