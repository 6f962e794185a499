"""What a training's scores say at every threshold, and which features they are about."""

from __future__ import annotations

from typing import Any

import numpy as np

from standout.detectors.batch.fitted import Fitted
from standout.detectors.batch.hold_out import HoldOut
from standout.detectors.thresholds import SHIPPED
from standout.types import Batch, Scores, Values

BINS = 200

_SPREADS = 4.0
"""Of the highest hundredth from the median: what lies farther out is in the last bin."""
_EXPLAINED = 500
_FEATURES = 40


def measures(model: Fitted, filled: Batch, raw: Scores, measured: HoldOut | None) -> dict[str, Any]:
    """Return what is kept of a training to draw its curves, as JSON of a few kB.

    Parameters
    ----------
    model
        What was fitted.
    filled
        The training rows' features, shape ``(n, d)``.
    raw
        Their raw scores, shape ``(n,)``.
    measured
        The labelled rows, where there are any.

    Returns
    -------
    dict
        ``scores``, the score in [0, 1] at the lower edge of each of 200 bins of the raw score,
        and ``shipped``, the bin that begins at 0.6; ``training``, training rows in each bin;
        ``rows`` and ``anomalies``, the same of the measured rows, or None; ``importance``, the
        mean share of each feature in the scores of flagged training rows, the largest first, at
        most 40.

    Notes
    -----
    The bins are of equal width in the raw score, whose histogram shows its shape: scores in [0, 1]
    are ranks below 0.6. The first and the last bin hold what lies beyond, too. What is at or
    above an edge is counted exactly; at 0.6 precision and recall are those of `HoldOut`. Explains
    at most 500 rows.
    """
    edges, shipped = _edges(raw, model.calibration.threshold)
    told: dict[str, Any] = {
        "scores": [round(x, 4) for x in model.calibration(edges).tolist()],
        "shipped": shipped,
        "training": _counts(raw, edges),
        "rows": None,
        "anomalies": None,
        "importance": _importance(model, filled, raw),
    }
    told["scores"][shipped] = SHIPPED
    if measured is not None:
        told["rows"] = _counts(measured.scores, edges)
        told["anomalies"] = _counts(measured.scores[measured.labels], edges)
    return told


def _edges(raw: Scores, threshold: float) -> tuple[Values, int]:
    """Return the lower edges of the bins, and the one that is the threshold, exactly."""
    low, middle, far, high = np.quantile(raw, (0.0, 0.5, 0.99, 1.0)).tolist()
    high = max(threshold, min(high, middle + _SPREADS * (far - middle)))
    width = (high - min(low, threshold)) / (BINS - 2)
    if not (np.isfinite(width) and width > 0):
        width = 1.0
    shipped = min(int(np.ceil(max(threshold - low, 0.0) / width)), BINS - 1)
    return threshold + (np.arange(BINS) - shipped) * width, shipped


def _counts(raw: Scores, edges: Values) -> list[int]:
    bins = np.clip(np.searchsorted(edges, raw, side="right") - 1, 0, BINS - 1)
    found: list[int] = np.bincount(bins, minlength=BINS).tolist()
    return found


def _importance(model: Fitted, filled: Batch, raw: Scores) -> dict[str, float]:
    """Return the mean share of each feature in the scores of flagged rows; empty without any."""
    rows = np.flatnonzero(raw >= model.calibration.threshold)
    if not len(rows):
        return {}
    drawn = rows[np.linspace(0, len(rows) - 1, min(_EXPLAINED, len(rows))).astype(np.int64)]
    shares = model.explain(filled[drawn]).mean(axis=0)
    names = model.plan.names
    order = np.argsort(-shares, kind="stable")[:_FEATURES]
    return {names[i]: round(float(shares[i]), 6) for i in order}
