"""Detectors of whole series: every row is judged with all others at hand, later ones too."""
