"""The HTTP and WebSocket calls, a file for each resource."""
