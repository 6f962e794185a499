"""Compiled functions over plain arrays; state is passed in and updated in place."""
