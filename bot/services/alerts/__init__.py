"""Alerts fold into incidents, and incidents page until somebody answers."""
