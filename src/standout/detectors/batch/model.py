"""Models: made by `fit_model`, used as `Fitted`, kept as the state that it gives."""

from __future__ import annotations

from standout.detectors.batch.fitted import FORMAT, Fitted, TableVerdicts
from standout.detectors.batch.training import MODES, Progress, fit_model

__all__ = ["FORMAT", "MODES", "Fitted", "Progress", "TableVerdicts", "fit_model"]
