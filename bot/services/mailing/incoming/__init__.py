"""Mail that comes in: whose it is, where it belongs, and what becomes of it."""
