"""The same stories on each platform."""
