"""From settings to adapters: each function makes one edge of the service, and starts nothing."""
