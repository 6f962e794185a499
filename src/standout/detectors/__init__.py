"""Detectors, their contract, and the registry that finds them by name."""
