"""Missing and infinite values of numeric features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from standout.kernels.score_maps import all_finite
from standout.types import Batch, Values


@dataclass(frozen=True, slots=True)
class Filler:
    """What stands in for values that are not numbers, learnt from training rows.

    A missing value (nan) becomes the feature's median, so that it speaks neither for nor against
    the row. An infinite one becomes a number one range beyond the highest or lowest seen.

    Parameters
    ----------
    median
        Of the finite values of each feature, 0 where there are none; shape ``(d,)``.
    lowest, highest
        Stand-ins for minus and plus infinity; shape ``(d,)``.

    Examples
    --------
    >>> filler = Filler.learn(np.array([[1.0], [2.0], [4.0]]))
    >>> filler.fill(np.array([[np.nan], [np.inf]]))
    array([[2.],
           [7.]])
    """

    median: Values
    lowest: Values
    highest: Values

    @classmethod
    def learn(cls, X: Batch) -> Self:
        """Learn from rows, shape ``(n, d)``. O(n d) time."""
        if all_finite(X):
            low, high, median = X.min(axis=0), X.max(axis=0), _median(X)
        else:
            low, high, median = _of_finite(X)
        span = np.minimum(high / 2 - low / 2, np.finfo(float).max / 4) * 2
        with np.errstate(over="ignore"):
            lowest, highest = low - span, high + span
        most = np.finfo(float).max
        return cls(median, np.maximum(lowest, -most), np.minimum(highest, most))

    def fill(self, X: Batch) -> Batch:
        """Return the rows without missing or infinite values; the same array where it has none."""
        if all_finite(X):
            return X
        filled = np.where(np.isnan(X), self.median, X)
        filled = np.where(filled == np.inf, self.highest, filled)
        return np.where(filled == -np.inf, self.lowest, filled)

    def to_state(self) -> dict[str, Any]:
        """Return the three arrays by name."""
        return {
            "filler/median": self.median,
            "filler/lowest": self.lowest,
            "filler/highest": self.highest,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a filler from what `to_state` gave."""
        names = ("filler/median", "filler/lowest", "filler/highest")
        return cls(*(np.asarray(state[name], np.float64) for name in names))


def _of_finite(X: Batch) -> tuple[Values, Values, Values]:
    low, high, median = np.zeros((3, X.shape[1]))
    for feature, column in enumerate(X.T):
        there = column[np.isfinite(column)]
        if len(there):
            low[feature], high[feature] = there.min(), there.max()
            median[feature] = _median(there[:, None])[0]
    return low, high, median


def _median(X: Batch) -> Values:
    with np.errstate(over="ignore"):
        median: Values = np.median(X, axis=0)
    # The two in the middle may be too large to be added.
    return median if np.isfinite(median).all() else np.median(X / 2, axis=0) * 2
