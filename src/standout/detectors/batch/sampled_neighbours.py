"""Distance to the nearest row of many small samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import PIECE, RowDetector
from standout.detectors.batch.reference_rows import search_seconds
from standout.features.scaling import Scaler, Scaling
from standout.kernels import neighbours as kernels
from standout.types import Batch, Counts, Mask, Scores

_ITSELF = 1e-7
"""Distances below it are the row itself or a duplicate, and do not count."""


@dataclass(kw_only=True)
class SampledNeighbours(RowDetector):
    """Mean distance to the nearest row of many small random samples of the training rows.

    A sample of 20 rows seldom holds two of a cluster of anomalies, so that these cannot hide each
    other: the best single choice where anomalies are among the training rows. Too coarse for rows
    that are odd only among their neighbours.

    Parameters
    ----------
    samples, rows_a_sample
        How many samples, and of how many rows; larger ones suit clean training rows.
    scaling
        See `standout.features.scaling.Scaler`.

    Notes
    -----
    Scores are distances in scaled units, from 0. O(samples · rows_a_sample · d) a row to score;
    the fit only draws.

    References
    ----------
    .. [1] M. Sugiyama, K. M. Borgwardt, "Rapid Distance-Based Outlier Detection via Sampling",
       NIPS 2013.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> SampledNeighbours().fit(X).score_many(np.array([[0.0, 0, 0], [9, 9, 9]])).round(1)
    array([0.2, 5.6])
    """

    name: ClassVar[str] = "sampled_neighbours"
    contribution_kind: ClassVar[str] = "distance share"
    words: ClassVar[dict[str, str]] = {
        "title": "Sampled neighbours",
        "summary": "Rows far from the nearest row of many small samples are anomalous.",
        "good_at": "Training rows with anomalies among them, in clusters too; large tables.",
        "bad_at": "Rows that are odd only among their neighbours.",
        "cost": "Nothing to fit; a row is compared with 1,000 others to score.",
    }

    samples: int = parameters.integer(
        50, "Samples", "More samples steady the scores.", minimum=1, maximum=1_000
    )
    rows_a_sample: int = parameters.integer(
        20, "Rows a sample", "Rows that are drawn for each sample.", minimum=1, maximum=10_000
    )
    scaling: str = parameters.choice(
        "robust",
        "Scaling",
        "How features are made comparable.",
        among=("robust", "standard", "range"),
    )
    _scaler: Scaler = field(init=False, repr=False, compare=False)
    _columns: Batch = field(init=False, repr=False, compare=False)
    _size: int = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes, the threshold's scores among it."""
        chosen = cls(**params)
        rows = chosen.samples * min(chosen.rows_a_sample, n)
        memory = 16 * n * d + 16 * PIECE * chosen.samples
        return Estimate(0.01 + 3 * search_seconds(n, rows, d), memory, min(n, rows))

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        random = np.random.default_rng(self.seed)
        self._size = min(self.rows_a_sample, len(X))
        places = np.concatenate(
            [random.choice(len(X), self._size, replace=False) for _ in range(self.samples)]
        )
        self._scaler = Scaler.learn(X, cast("Scaling", self.scaling))
        self._columns = np.ascontiguousarray(self._scaler(X[places]).T)

    def _nearest(self, X: Batch) -> tuple[Batch, Counts]:
        shape = (len(X), self.samples)
        out, index = np.empty(shape), np.empty(shape, np.int64)
        kernels.nearest_of_groups(self._columns, self._size, X, _ITSELF**2, out, index)
        return out, index

    def _score(self, X: Batch) -> Scores:
        out, _ = self._nearest(self._scaler(X))
        return np.add.accumulate(out, axis=1)[:, -1] / self.samples

    def _parts(self, X: Batch) -> Batch:
        scaled = self._scaler(X)
        parts = np.empty(X.shape)
        kernels.squared_parts(self._columns, scaled, self._nearest(scaled)[1], parts)
        return parts

    def _state(self) -> dict[str, Any]:
        return {**self._scaler.to_state(), "columns": self._columns, "size": self._size}

    def _load(self, state: Mapping[str, Any]) -> None:
        self._scaler = Scaler.from_state(state)
        self._columns = np.ascontiguousarray(state["columns"], np.float64)
        self._size = int(state["size"])
