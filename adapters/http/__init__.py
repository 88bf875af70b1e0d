"""The aiohttp server every web route hangs on: bounds, the error boundary, health and metrics."""
