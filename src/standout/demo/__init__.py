"""Demo: real and generated data, and mock clients that stream it to a server without end."""
