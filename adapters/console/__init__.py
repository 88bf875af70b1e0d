"""The console: the service's own chat surface, in the browser."""
