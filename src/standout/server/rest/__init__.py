"""REST routes, one file for each noun."""
