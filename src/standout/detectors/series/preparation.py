"""Channels as the members of a whole-series detector want them: whole, centred, of unit spread."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from standout.types import Mask, Values

FLAT = 1e-9
"""Spread, as a share of the largest deviation of any value from 0, that is only rounding."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, standardised.

    Parameters
    ----------
    x
        Missing values filled in, centred, of standard deviation 1; zeros where it is flat;
        shape ``(n,)``.
    known
        True where there was a value; shape ``(n,)``.
    mean, spread
        ``value = mean + spread * x``; spread 0 is a flat channel.
    indicator
        Whether all its values are 0 and 1: a command or a state.
    """

    x: Values
    known: Mask
    mean: float
    spread: float
    indicator: bool = False

    @property
    def flat(self) -> bool:
        """Whether it never changes."""
        return self.spread == 0.0

    def restore(self, x: Values) -> Values:
        """Return standardised values in the channel's own units."""
        return self.mean + self.spread * x


def standardise(values: Values) -> Channel:
    """Fill in what is missing, and centre and scale; shape ``(n,)``.

    Notes
    -----
    A missing or infinite value is interpolated between its neighbours in time; before the first
    and after the last known one these go on. Multiplying the values by a power of two changes no
    bit of `x`.
    """
    known = np.isfinite(values)
    if not known.any():
        return Channel(np.zeros(len(values)), known, math.nan, 0.0)
    # Scaled by a power of two first, so that no square overflows or underflows.
    largest = float(np.abs(values[known]).max())
    scale = math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest > 0 else 1.0
    x = _filled(np.where(known, values, 0.0) / scale, known)
    mean = float(x[known].mean())
    x -= mean
    spread = float(np.sqrt(np.square(x[known]).mean()))
    if spread <= FLAT * np.abs(x + mean).max():
        return Channel(np.zeros(len(values)), known, mean * scale, 0.0)
    binary = bool(((values[known] == 0) | (values[known] == 1)).all())
    return Channel(x / spread, known, mean * scale, spread * scale, binary)


def _filled(values: Values, known: Mask) -> Values:
    if known.all():
        return values
    rows = np.arange(len(values))
    return np.interp(rows, rows[known], values[known])
