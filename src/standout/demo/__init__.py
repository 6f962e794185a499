"""Demo data and the mock clients that stream it to a server."""
