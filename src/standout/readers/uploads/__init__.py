"""Observations that arrive as bytes: each format becomes pieces of columns, a block at a time."""
