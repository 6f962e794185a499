"""Datasets: files of five formats become tables of numbers, text, yes or no, and times."""
