"""HTTP middleware, protocol limits, error responses and the dependencies of the routes."""
