"""Parameters of the vote, and the workbench that carries them into the kernels."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from standout.kernels import layout
from standout.kernels.forest import mean_depth
from standout.types import Values

VERSION = 1
"""Version of the scores and of the packed state; streams are pinned to it."""
MIN_WINDOW = 10
MAX_WINDOW = 10_000
MAX_SEED = 2**31
MAJORITY = "majority"
VOTERS = ("zscore", "iqr", "ewma", "moving_average", "isolation_forest")
"""The five, in the order of their bits."""


@dataclass(frozen=True, kw_only=True)
class VoteParams:
    """Parameters of the vote, the same for all streams of a bank.

    Parameters
    ----------
    window
        Values that z-score, fences and forest look back on, 10 to 10,000.
    z_limit
        Standard deviations from the window's mean, over 0.
    fence
        Interquartile ranges beyond the quartiles, over 0; Tukey's is 1.5.
    alpha
        Weight of the newest value in the EWMA, in (0, 1].
    ewma_limit
        Standard deviations of the EWMA's own one-step errors, over 0.
    span
        Values of the moving average, 2 to 10.
    ma_limit
        Standard deviations of the moving average's own one-step errors, over 0.
    isolation
        Isolation forest's score at which it votes, in (0.5, 1). At 0.75 it votes for 3 of
        1,000 values of Gaussian noise; its own scale ends near 0.85 in one dimension.
    seed
        Decides the random cuts of the forest, 0 to 2**31 - 1.
    decider
        "majority", or the one voter whose opinion alone becomes score and range.

    Raises
    ------
    ValueError
        A parameter is out of its range.
    """

    window: int = 100
    z_limit: float = 3.0
    fence: float = 1.5
    alpha: float = 0.3
    ewma_limit: float = 3.0
    span: int = 5
    ma_limit: float = 3.0
    isolation: float = 0.75
    seed: int = 0
    decider: str = MAJORITY

    def __post_init__(self) -> None:
        self._require("window", MIN_WINDOW <= self.window <= MAX_WINDOW, "10 to 10,000")
        for name in ("z_limit", "fence", "ewma_limit", "ma_limit"):
            value = getattr(self, name)
            self._require(name, 0 < value < math.inf, "over 0")
        self._require("alpha", 0 < self.alpha <= 1, "over 0 and at most 1")
        self._require("span", 2 <= self.span <= MIN_WINDOW, "2 to 10")  # noqa: PLR2004
        self._require("isolation", 0.5 < self.isolation < 1, "between 0.5 and 1")  # noqa: PLR2004
        deciders = (MAJORITY, *VOTERS)
        self._require("decider", self.decider in deciders, f"one of {', '.join(deciders)}")
        self._require("seed", 0 <= self.seed < MAX_SEED, "0 to 2**31 - 1")

    def _require(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            msg = f"{name} must be {wanted}, got {getattr(self, name)}."
            raise ValueError(msg)

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {f.name: getattr(self, f.name) for f in fields(VoteParams)}

    @property
    def warmup(self) -> int:
        """Values that are learnt before the first score: the window, 30 at most."""
        return layout.warmup(self.window)

    def workbench(self) -> Values:
        """Return a kernel's workbench with these parameters, shape ``(WORKBENCH,)``."""
        bench = np.zeros(layout.WORKBENCH)
        bench[layout.Z_LIMIT] = self.z_limit
        bench[layout.FENCE] = self.fence
        bench[layout.ALPHA] = self.alpha
        bench[layout.EWMA_LIMIT] = self.ewma_limit
        bench[layout.SPAN] = self.span
        bench[layout.MA_LIMIT] = self.ma_limit
        bench[layout.ISOLATION] = self.isolation
        bench[layout.SEED] = self.seed
        bench[layout.DECIDER] = (MAJORITY, *VOTERS).index(self.decider)
        # Liu's score is 2 ** -(mean path / c(n)); solved for the sum of the trees' paths.
        depth = layout.TREES * mean_depth(self.warmup)
        bench[layout.GAIN] = 2.0 / (self.window + 1)
        bench[layout.PATH_LIMIT] = -math.log2(self.isolation) * depth
        bench[layout.PATH_TO_LOG] = -math.log(2.0) / depth
        return bench
