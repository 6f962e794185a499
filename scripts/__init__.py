"""Doors: commands of the service under the names that they are known by."""
