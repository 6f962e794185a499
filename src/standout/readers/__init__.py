"""Readers: bytes or a path become columns."""
