"""How well scores rank anomalous rows above the others, whatever the threshold."""

from __future__ import annotations

from standout.detectors.ranking import auroc, average_precision, silent_as_zero

__all__ = ["auroc", "average_precision", "silent_as_zero"]
