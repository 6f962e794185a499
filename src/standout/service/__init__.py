"""Use cases, one file for each noun."""
