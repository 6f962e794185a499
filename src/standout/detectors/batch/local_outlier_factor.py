"""Local outlier factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.detectors.batch.knn import MOST_ROWS
from standout.detectors.batch.reference_rows import ReferenceRows, search_seconds
from standout.types import Batch, Counts, Mask, Scores, Values

_SMALLEST = 1e-10
"""Added to distances as scikit-learn does, so that equal rows have a finite density."""


@dataclass(kw_only=True)
class LocalOutlierFactor(RowDetector):
    """Local outlier factor: how much sparser a row lies than its neighbours do.

    Finds rows that are odd only where they are, in tables whose parts differ in density, and does
    well with clean training rows. Weak where anomalies are among the training rows in clusters,
    or in many features without meaning.

    Parameters
    ----------
    neighbours
        How many; fewer where there are not so many rows.
    rows
        Training rows that are remembered; of a larger table so many are drawn, since each of them
        is compared with all others.

    Notes
    -----
    Scores are ratios, about 1 for a usual row. O(rows² d) to fit, O(rows · d) a row to score.
    Features are scaled to their range. Equals scikit-learn's to rounding on rows so scaled.

    References
    ----------
    .. [1] M. M. Breunig, H.-P. Kriegel, R. T. Ng, J. Sander, "LOF: Identifying Density-Based
       Local Outliers", SIGMOD 2000.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> LocalOutlierFactor().fit(X).score_many(np.array([[0.0, 0, 0], [9, 9, 9]])).round(1)
    array([ 1. , 12.6])
    """

    name: ClassVar[str] = "local_outlier_factor"
    contribution_kind: ClassVar[str] = "distance share"
    words: ClassVar[dict[str, str]] = {
        "title": "Local outlier factor",
        "summary": "Rows that lie sparser than their neighbours do are anomalous.",
        "good_at": "Rows that are odd only where they are; clean training rows.",
        "bad_at": "Clusters of anomalies in the training rows; many features; large tables.",
        "cost": "The square of the remembered rows to fit: larger tables are sampled to 10,000.",
    }

    neighbours: int = parameters.integer(
        20, "Neighbours", "How many of the nearest rows count.", minimum=1, maximum=500
    )
    rows: int = parameters.integer(
        MOST_ROWS, "Rows", "Training rows that are remembered at most.", minimum=10, maximum=100_000
    )
    _references: ReferenceRows = field(init=False, repr=False, compare=False)
    _reach: Values = field(init=False, repr=False, compare=False)
    _density: Values = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        lof = cls(**params)
        rows = min(n, lof.rows)
        seconds = 0.01 + search_seconds(n + rows, rows, d, lof.neighbours)
        memory = 16 * n * d + 48 * rows * lof.neighbours + 10_000_000
        return Estimate(seconds, memory, rows)

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        self._references = found = ReferenceRows.learn(X, "range", most=self.rows, seed=self.seed)
        own = np.arange(found.rows)
        distance, index = found.nearest(X[found.places], self.neighbours, own)
        self._reach = distance[:, -1].copy()
        self._density = self._densities(distance, index)

    def _densities(self, distance: Batch, index: Counts) -> Values:
        # No row is nearer than its neighbour's own reach: that steadies the density.
        reach = np.maximum(distance, self._reach[index])
        return 1.0 / (_mean(reach) + _SMALLEST)

    def _score(self, X: Batch) -> Scores:
        return self._references.judged(X, self.neighbours, self._factor)

    def _score_training(self, X: Batch) -> Scores:
        own = self._references.own(X)
        return self._references.judged(X, self.neighbours, self._factor, own)

    def _factor(self, distance: Batch, index: Counts) -> Scores:
        return _mean(self._density[index]) / self._densities(distance, index)

    def _parts(self, X: Batch) -> Batch:
        return self._references.squared_parts(X, self._references.nearest(X, self.neighbours)[1])

    def _state(self) -> dict[str, Any]:
        return {**self._references.to_state(), "reach": self._reach, "density": self._density}

    def _load(self, state: Mapping[str, Any]) -> None:
        self._references = ReferenceRows.from_state(state)
        self._reach = np.asarray(state["reach"], np.float64)
        self._density = np.asarray(state["density"], np.float64)


def _mean(rows: Batch) -> Values:
    """Return the mean of each row, summed from the left whatever the batch."""
    mean: Values = np.add.accumulate(rows, axis=1)[:, -1] / rows.shape[1]
    return mean
