"""`deskhand doctor`: everything that is configured is tried, and told with its fix."""
