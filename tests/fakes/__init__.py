"""Doubles that speak the real protocols, record, and fail on purpose."""
