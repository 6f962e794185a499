"""Distance to the nearest training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.detectors.batch.reference_rows import ReferenceRows, search_seconds
from standout.features.scaling import Scaling
from standout.types import Batch, Counts, Mask, Scores

MOST_ROWS = 10_000


@dataclass(kw_only=True)
class NearestNeighbours(RowDetector):
    """Distance to the nearest training rows: far from all of them is anomalous.

    The best single choice where the training rows are clean. Where anomalies are among them, a
    cluster of anomalies hides itself unless `neighbours` is larger than the cluster. Blind to
    differences in density: what is far in one part of a table may be usual in another.

    Parameters
    ----------
    neighbours, most_share
        How many; fewer where there are not so many rows, at most this share of them.
    distance
        The mean of their distances, or the largest.
    scaling
        See `standout.features.scaling.Scaler`.
    rows
        Training rows that are remembered; of a larger table so many are drawn.

    Notes
    -----
    Scores are distances in scaled units, from 0. No fit to speak of; O(rows · d) a row to score.

    References
    ----------
    .. [1] S. Ramaswamy, R. Rastogi, K. Shim, "Efficient Algorithms for Mining Outliers from Large
       Data Sets", SIGMOD 2000.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> NearestNeighbours().fit(X).score_many(np.array([[0.0, 0, 0], [9, 9, 9]])).round(1)
    array([0.1, 5.4])
    """

    name: ClassVar[str] = "knn"
    contribution_kind: ClassVar[str] = "distance share"
    words: ClassVar[dict[str, str]] = {
        "title": "Nearest neighbours",
        "summary": "Rows far from all training rows are anomalous.",
        "good_at": "Clean training rows; shapes of any kind; few to some dozens of features.",
        "bad_at": "Anomalies that come in clusters; parts of a table that differ in density.",
        "cost": "Nothing to fit; a row is compared with up to 10,000 others to score.",
    }

    neighbours: int = parameters.integer(
        5, "Neighbours", "How many of the nearest rows count.", minimum=1, maximum=500
    )
    most_share: float = parameters.number(
        1.0, "Largest share", "Neighbours as a share of all rows.", minimum=0.01, maximum=1.0
    )
    distance: str = parameters.choice(
        "mean", "Distance", "Mean or largest of their distances.", among=("mean", "largest")
    )
    scaling: str = parameters.choice(
        "robust",
        "Scaling",
        "How features are made comparable.",
        among=("robust", "standard", "range"),
    )
    rows: int = parameters.integer(
        MOST_ROWS, "Rows", "Training rows that are remembered at most.", minimum=10, maximum=200_000
    )
    _references: ReferenceRows = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        chosen = cls(**params)
        rows = min(n, chosen.rows)
        seconds = 0.01 + search_seconds(n, rows, d, chosen.neighbours)
        return Estimate(seconds, 16 * n * d + 8 * rows * d + 10_000_000, rows)

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        scaling = cast("Scaling", self.scaling)
        self._references = ReferenceRows.learn(X, scaling, most=self.rows, seed=self.seed)

    @property
    def _k(self) -> int:
        return max(min(self.neighbours, int(self.most_share * self._references.rows)), 1)

    def _score(self, X: Batch) -> Scores:
        return self._references.judged(X, self._k, self._of)

    def _score_training(self, X: Batch) -> Scores:
        own = self._references.own(X)
        return self._references.judged(X, self._k, self._of, own)

    def _of(self, distance: Batch, index: Counts) -> Scores:  # noqa: ARG002 - of no matter here
        if self.distance == "largest":
            return distance[:, -1].copy()
        # A running sum: pairwise summation would group a batch otherwise than a row.
        mean: Scores = np.add.accumulate(distance, axis=1)[:, -1] / distance.shape[1]
        return mean

    def _parts(self, X: Batch) -> Batch:
        return self._references.squared_parts(X, self._references.nearest(X, self._k)[1])

    def _state(self) -> dict[str, Any]:
        return self._references.to_state()

    def _load(self, state: Mapping[str, Any]) -> None:
        self._references = ReferenceRows.from_state(state)
