"""Detectors that score each observation, then learn it."""
