"""People of the team who work by mail."""
