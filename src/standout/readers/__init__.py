"""Readers: a path becomes a table with its time and its value found."""
