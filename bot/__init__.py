"""Deskhand, a service desk and incident bot: the core, free of platforms and databases."""

__version__ = "0.1.0"
