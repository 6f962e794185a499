"""Detectors that are fitted on a table and then score any row: what a model is made of."""
