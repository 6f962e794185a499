"""Histogram of each feature by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.fitted_rows import RowDetector
from standout.features.scaling import Scaler
from standout.types import Batch, Mask, Scores

_FLOOR = 0.1
"""Added to relative heights: no single empty bin outweighs all other features."""


@dataclass(kw_only=True)
class HistogramScore(RowDetector):
    """Histogram-based outlier score: values that are rare in their feature are anomalous.

    The fastest look at a wide table, feature by feature. Blind to combinations: each feature is
    taken by itself.

    Parameters
    ----------
    bins
        Equal bins between the lowest and highest training value of a feature.

    Notes
    -----
    Scores are sums over features of the log of a bin's height below the highest one, in bits,
    from 0; a value outside the training range lies in an empty bin. O(n d) to fit, O(d) a row to
    score.

    References
    ----------
    .. [1] M. Goldstein, A. Dengel, "Histogram-Based Outlier Score (HBOS)", KI 2012.

    Examples
    --------
    >>> X = np.random.default_rng(0).normal(size=(500, 3))
    >>> HistogramScore().fit(X).score_many(np.array([[0.0, 0, 0], [9, 9, 9]])).round(1)
    array([ 0.1, 10.4])
    """

    name: ClassVar[str] = "hbos"
    contribution_kind: ClassVar[str] = "rarity share"
    words: ClassVar[dict[str, str]] = {
        "title": "Histogram score (HBOS)",
        "summary": "Values that are rare in their feature are anomalous.",
        "good_at": "Wide and large tables at next to no cost; independent features.",
        "bad_at": "Combinations of usual values; each feature is taken by itself.",
        "cost": "One pass over the table to fit.",
    }

    bins: int = parameters.integer(
        10, "Bins", "Equal bins between lowest and highest value.", minimum=2, maximum=1_000
    )
    _scaler: Scaler = field(init=False, repr=False, compare=False)
    _rarity: Batch = field(init=False, repr=False, compare=False)

    @classmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes."""
        cls(**params)
        return Estimate(0.01 + n * d * 3e-8, 40 * n * d, n)

    def _learn(self, X: Batch, y: Mask | None) -> None:  # noqa: ARG002 - learns without labels
        self._scaler = Scaler.learn(X, "range")
        places = self._places(X)
        width = X.shape[1]
        # Places run over the bins from 1; the first and last are for what lies outside.
        counts = np.zeros((width, self.bins + 2))
        for feature in range(width):
            counts[feature] = np.bincount(places[:, feature], minlength=self.bins + 2)
        height = counts / counts.max(axis=1, keepdims=True)
        self._rarity = np.log2(1 + _FLOOR) - np.log2(height + _FLOOR)

    def _places(self, X: Batch) -> Any:
        scaled = self._scaler(X)
        inside = np.minimum((np.clip(scaled, 0, 1) * self.bins).astype(np.int64), self.bins - 1) + 1
        return np.where(scaled < 0, 0, np.where(scaled > 1, self.bins + 1, inside))

    def _score(self, X: Batch) -> Scores:
        return np.add.accumulate(self._parts(X), axis=1)[:, -1].copy()

    def _parts(self, X: Batch) -> Batch:
        rarity: Batch = self._rarity[np.arange(X.shape[1]), self._places(X)]
        return rarity

    def _state(self) -> dict[str, Any]:
        return {**self._scaler.to_state(), "rarity": self._rarity}

    def _load(self, state: Mapping[str, Any]) -> None:
        self._scaler = Scaler.from_state(state)
        self._rarity = np.asarray(state["rarity"], np.float64)
