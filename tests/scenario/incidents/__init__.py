"""Alerts, incidents, and who is woken."""
