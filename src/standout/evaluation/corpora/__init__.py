"""Corpora: labelled series from public collections, from a user's file, and made of noise."""
