"""The members of the whole-series ensemble: scores of one standardised channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from standout.detectors.series.bank import SIZE, Compared, compare
from standout.detectors.series.kernel_bank import kernel_distance
from standout.detectors.series.linear import autoregression, seasonal_levels
from standout.detectors.series.period import dominant_period
from standout.kernels.smoothing import moving_average
from standout.types import Values

NARROWEST = 8
LARGEST_BANK = 6_000

WIDE = ((64, 20), (128, 40), (256, 64))
"""Fixed widths beside the period, and the rows that their residuals are smoothed over."""


@dataclass(frozen=True, slots=True)
class Widths:
    """Rows of the windows that suit a series of `n` rows with a period."""

    n: int
    period: int

    @classmethod
    def of(cls, x: Values) -> Widths:
        """Find the period of a series; one of at least eight periods is believed."""
        return cls(len(x), max(1, min(dominant_period(x), len(x) // 8)))

    def capped(self, width: int) -> int:
        """Return a width, or the widest that the series has room for."""
        return max(NARROWEST, min(width, self.n // 6))


@dataclass(frozen=True, slots=True)
class Member:
    """A member's scores, smoothed, higher is more anomalous, and what it expected.

    Parameters
    ----------
    name
        Its kind and width.
    score
        Shape ``(n,)``.
    expected
        What the channel had been expected to be; None where it is not the one that tells it.
    """

    name: str
    score: Values
    expected: Values | None = None


def smoothed(score: Values, width: float) -> Values:
    """Return the centred mean over `width` rows, rounded down; under 2 changes nothing."""
    if int(width) <= 1:
        return score
    out = np.empty_like(score)
    moving_average(np.ascontiguousarray(score), int(width), out)
    return out


def members(x: Values, *, thorough: bool, seed: int) -> Iterator[Member]:
    """Give each member's scores, one after the other, so that only one need be held.

    Parameters
    ----------
    x
        Standardised, at least 64 rows; shape ``(n,)``.
    thorough
        Two more members, and larger banks on long series.
    seed
        Decides banks and kernels.
    """
    widths = Widths.of(x)
    p = widths.period
    size = int(np.clip(len(x) // 16, SIZE, LARGEST_BANK)) if thorough else SIZE

    def at(width: int, *, normalised: bool = False) -> Compared:
        return compare(x, widths.capped(width), size=size, seed=seed, normalised=normalised)

    found = at(p)
    yield Member("bank_distance_p", smoothed(found.distance, p))
    yield Member("reconstruction_p", smoothed(found.residual, p / 4), found.expected)
    for width, blur in WIDE:
        found = at(width)
        yield Member(f"bank_distance_{width}", smoothed(found.distance, width))
        yield Member(f"reconstruction_{width}", smoothed(found.residual, blur))
    half = at(max(NARROWEST, p // 2))
    yield Member("reconstruction_p/2", smoothed(half.residual, p / 4))
    width = widths.capped(max(NARROWEST, p // 2))
    yield Member("random_kernels_p/2", smoothed(kernel_distance(x, width, seed=seed), p / 2))
    if thorough:
        wide = kernel_distance(x, widths.capped(64), seed=seed)
        yield Member("random_kernels_64", smoothed(wide, 32))
        yield Member("shape_distance_p", smoothed(at(p, normalised=True).distance, p))
    yield Member("seasonal", smoothed(np.abs(x - seasonal_levels(x, p)), 0.3 * p))
    yield Member("autoregression", np.abs(autoregression(x)))
