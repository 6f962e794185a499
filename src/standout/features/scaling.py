"""Features in comparable units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from standout.kernels.linear import scaled
from standout.types import Batch, Values

Scaling: TypeAlias = Literal["standard", "robust", "range"]

MOST = 1e6
"""Where scaled values end, so that no square of them overflows."""

_OF_CONSTANT = 10.0
"""What any change of a feature that never changed in training becomes."""

_ROBUST_MOST = 6.0


@dataclass(frozen=True, slots=True)
class Scaler:
    """Moves and scales each feature, as learnt from training rows.

    ``standard`` is a z-score; ``robust`` the distance to the median in units of the range from
    the 10th to the 90th percentile, cut off at 6, so that a few wild values neither set the unit
    nor outweigh all other features; ``range`` maps the lowest and highest value to 0 and 1.

    Parameters
    ----------
    centre, scale, limit
        The scaled value is (x - centre) / scale, at most `limit` in size; shape ``(d,)``.

    Notes
    -----
    Multiplying a feature by a power of two changes no bit of its scaled values. A feature that
    never changed in training is 0 where it still has its value, and its limit anywhere else.

    Examples
    --------
    >>> Scaler.learn(np.array([[1.0], [3.0]]), "range")(np.array([[2.0], [5.0]]))
    array([[0.5],
           [2. ]])
    """

    centre: Values
    scale: Values
    limit: Values

    @classmethod
    def learn(cls, X: Batch, scaling: Scaling) -> Self:
        """Learn from finite rows, shape ``(n, d)``. O(n d) time."""
        # In units of a power of two near the largest value: nothing overflows or is rounded.
        exponent = np.frexp(np.abs(X).max(axis=0))[1]
        Y = np.ldexp(X, -exponent)
        constant = Y.min(axis=0) == Y.max(axis=0)
        centre, scale = _MEASURES[scaling](Y)
        centre = np.where(constant, Y[0], centre)
        limit = np.full(Y.shape[1], _ROBUST_MOST if scaling == "robust" else MOST)
        limit = np.where(constant, np.minimum(limit, _OF_CONSTANT), limit)
        smallest = np.finfo(float).tiny
        scale = np.where(constant | (scale <= 0), smallest, np.ldexp(scale, exponent))
        return cls(np.ldexp(centre, exponent), np.maximum(scale, smallest), limit)

    def __call__(self, X: Batch) -> Batch:
        """Scale rows, shape ``(n, d)``."""
        out = np.empty(X.shape)
        scaled(X, self.centre, self.scale, self.limit, out)
        return out

    def to_state(self) -> dict[str, Any]:
        """Return the three arrays by name."""
        return {"centre": self.centre, "scale": self.scale, "limit": self.limit}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a scaler from what `to_state` gave."""
        return cls(*(np.asarray(state[name], np.float64) for name in ("centre", "scale", "limit")))


def _standard(Y: Batch) -> tuple[Values, Values]:
    return Y.mean(axis=0), Y.std(axis=0)


def _robust(Y: Batch) -> tuple[Values, Values]:
    low, middle, high = np.quantile(Y, (0.1, 0.5, 0.9), axis=0)
    return middle, np.where(high > low, high - low, 3 * Y.std(axis=0))


def _range(Y: Batch) -> tuple[Values, Values]:
    low = Y.min(axis=0)
    return low, Y.max(axis=0) - low


_MEASURES = {"standard": _standard, "robust": _robust, "range": _range}
