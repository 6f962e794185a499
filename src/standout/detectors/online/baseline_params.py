"""Parameters of the baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from standout.kernels import baseline
from standout.types import Point

VERSION = 1
"""Version of the scores and of the packed state; streams are pinned to it."""
MIN_WINDOW, MAX_WINDOW = 10, 10_000
LONGEST_WARMUP = 30


@dataclass(frozen=True, kw_only=True)
class BaselineParams:
    """Parameters of the baseline, the same for all streams of a bank.

    Parameters
    ----------
    window
        Values that a rolling baseline is taken from, 10 to 10,000.
    multiplier
        Standard deviations between the mean and each end of the range, over 0.
    mean, std
        A baseline that holds, in units of the values: any number, and one over 0. Both None for
        a rolling one.

    Raises
    ------
    ValueError
        A parameter is out of its range, or one of `mean` and `std` is missing.
    """

    window: int = 100
    multiplier: float = 3.0
    mean: float | None = None
    std: float | None = None

    def __post_init__(self) -> None:
        self._require("window", MIN_WINDOW <= self.window <= MAX_WINDOW, "10 to 10,000")
        self._require("multiplier", 0 < self.multiplier < math.inf, "over 0")
        both = (self.mean is None) == (self.std is None)
        self._require("mean", both, "given together with std")
        if self.mean is not None and self.std is not None:
            self._require("mean", math.isfinite(self.mean), "a finite number")
            self._require("std", 0 < self.std < math.inf, "over 0")

    def _require(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            msg = f"{name} must be {wanted}, got {getattr(self, name)}."
            raise ValueError(msg)

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {f.name: getattr(self, f.name) for f in fields(BaselineParams)}

    @property
    def warmup(self) -> int:
        """Values that are learnt before the first score: the window, 30 at most; none if given."""
        return 0 if self.mean is not None else min(self.window, LONGEST_WARMUP)

    @property
    def words(self) -> int:
        """Words of one stream's state."""
        return baseline.RING + (self.window if self.mean is None else 0)

    def packed(self) -> Point:
        """Return the parameters as the kernel takes them, shape ``(PARAMS,)``."""
        params = np.full(baseline.PARAMS, np.nan)
        params[baseline.MULTIPLIER] = self.multiplier
        params[baseline.WARMUP] = self.warmup
        if self.mean is not None and self.std is not None:
            params[baseline.MEAN] = self.mean
            params[baseline.STD] = self.std
        return params
