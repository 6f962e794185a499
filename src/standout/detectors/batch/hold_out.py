"""What labels say of a model: measured on rows that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from standout.detectors.ranking import auroc, average_precision
from standout.types import Mask, Scores

SHARE = 0.25
"""Of each kind of rows is held out."""

_FEWEST = 4
"""Rows of a kind below which none can be spared."""


def hold_out(labels: Mask, seed: int) -> Mask | None:
    """Draw a quarter of the rows of each kind, true where held out; None if one kind is too rare.

    Parameters
    ----------
    labels
        True where a row is anomalous, shape ``(n,)``.
    seed
        Decides the draw.
    """
    if min(int(labels.sum()), int((~labels).sum())) < _FEWEST:
        return None
    random = np.random.default_rng(seed)
    kept = np.zeros(len(labels), np.bool_)
    for kind in (labels, ~labels):
        rows = np.flatnonzero(kind)
        kept[random.choice(rows, round(len(rows) * SHARE), replace=False)] = True
    return kept


@dataclass(frozen=True, slots=True)
class HoldOut:
    """How well scores tell labelled rows apart.

    Parameters
    ----------
    rows, anomalies
        How many were measured.
    measured_on
        "hold-out", rows that were not learnt, or "all", where labels were not learnt from.
    threshold
        Raw score from which a row is flagged.
    precision, recall, f1
        At the threshold; 0 where nothing was flagged.
    average_precision, auroc
        Whatever the threshold.
    labels, scores
        Of the rows that were measured, shape ``(n,)``; raw scores.
    """

    rows: int
    anomalies: int
    measured_on: str
    threshold: float
    precision: float
    recall: float
    f1: float
    average_precision: float
    auroc: float
    labels: Mask
    scores: Scores

    @classmethod
    def measure(cls, labels: Mask, scores: Scores, threshold: float, measured_on: str) -> Self:
        """Measure scores, shape ``(n,)``, against labels."""
        flagged = scores >= threshold
        hits = int((flagged & labels).sum())
        wrong = int(flagged.sum()) + int(labels.sum())
        return cls(
            rows=len(labels),
            anomalies=int(labels.sum()),
            measured_on=measured_on,
            threshold=threshold,
            precision=hits / max(int(flagged.sum()), 1),
            recall=hits / max(int(labels.sum()), 1),
            f1=2 * hits / max(wrong, 1),
            average_precision=average_precision(labels, scores),
            auroc=auroc(labels, scores),
            labels=labels,
            scores=scores,
        )

    def told(self) -> dict[str, Any]:
        """Return the figures in JSON, None where one is not defined."""
        figures = {
            name: getattr(self, name)
            for name in ("precision", "recall", "f1", "average_precision", "auroc")
        }
        defined = {name: None if np.isnan(v) else v for name, v in figures.items()}
        return {
            **defined,
            "measured_on": self.measured_on,
            "measured_rows": self.rows,
            "measured_anomalies": self.anomalies,
        }
