"""Parameters of novelty, and the workbench that carries them into the kernels."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from standout.detectors.online.vote_params import MAX_SEED, MAX_WINDOW, MIN_WINDOW
from standout.kernels import novelty_layout as layout
from standout.types import Values

VERSION = 1
"""Version of the scores and of the packed state; streams are pinned to it."""
ALL = "all"
VALUE = "value"
VOTERS = (
    "value",
    "pair",
    "step",
    "shape_32",
    "shape_64",
    "shape_128",
    "shape_512",
    "continuation",
)
"""The parts, in the order of their bits; the last is what was foreseen by the nearest past."""
LEVEL = 0.67
"""Evidence of an anomaly with all parts: the middle of where NAB's score is best."""
VALUE_LEVEL = 0.6
"""The same where the value alone decides."""
MOST_PER_1000 = 5.0
MOST_LEVEL = 10.0
MOST_HELD = 0.2
"""Part of the time that alarms may hold others down: with more, a rate cannot be kept."""


@dataclass(frozen=True, kw_only=True)
class NoveltyParams:
    """Parameters of novelty, the same for all streams of a bank.

    Parameters
    ----------
    window
        Rows of the hold-down, 10 to 10,000: rows over the level that are no further apart are one
        alarm. It is no memory: that is 20,000 values, and about 1,000 past subsequences.
    level
        Evidence that is an anomaly, over 0 and at most 10; one more is ten times rarer. Where a
        rate is asked for it is only where the calibration begins.
    alarms_per_1000
        Alarms that 1,000 rows of nothing unusual may give, 0 to 5; 0 takes the level as it is.
    alarms_per_day
        The same for a day, in place of it; `rows_per_day` must be named then.
    rows_per_day
        How many values come in a day: 1,440 for one a minute.
    seed
        Decides which past subsequences are drawn for comparison, 0 to 2**31 - 1.
    decider
        "all", or "value": only how new the value itself is, thirty times as fast.

    Raises
    ------
    ValueError
        A parameter is out of its range.
    """

    window: int = 100
    level: float = LEVEL
    alarms_per_1000: float = 0.0
    alarms_per_day: float = 0.0
    rows_per_day: float = 0.0
    seed: int = 0
    decider: str = ALL

    def __post_init__(self) -> None:
        self._require("window", MIN_WINDOW <= self.window <= MAX_WINDOW, "10 to 10,000")
        self._require("level", 0 < self.level <= MOST_LEVEL, "over 0 and at most 10")
        self._require("seed", 0 <= self.seed < MAX_SEED, "0 to 2**31 - 1")
        self._require("decider", self.decider in (ALL, VALUE), f"one of {ALL}, {VALUE}")
        self._require("alarms_per_1000", 0 <= self.alarms_per_1000 <= MOST_PER_1000, "0 to 5")
        for name in ("alarms_per_day", "rows_per_day"):
            self._require(name, 0 <= getattr(self, name) < np.inf, "0 or more")
        self._check_rate()

    def _check_rate(self) -> None:
        if self.alarms_per_day:
            self._require("alarms_per_1000", not self.alarms_per_1000, "0 with alarms_per_day")
            self._require("rows_per_day", self.rows_per_day > 0, "over 0 with alarms_per_day")
            most = MOST_PER_1000 / 1000 * self.rows_per_day
            fits = self.alarms_per_day <= most
            self._require("alarms_per_day", fits, f"at most {most:g} at so many rows a day")
        fits = self.rate * self.window <= MOST_HELD
        self._require("window", fits, f"at most {MOST_HELD / (self.rate or 1):,.0f} at this rate")

    def _require(self, name: str, holds: bool, wanted: str) -> None:
        if not holds:
            msg = f"{name} must be {wanted}, got {getattr(self, name)}."
            raise ValueError(msg)

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return {f.name: getattr(self, f.name) for f in fields(NoveltyParams)}

    @property
    def rate(self) -> float:
        """Alarms a row that are asked for; 0 for none."""
        if self.alarms_per_day:
            return self.alarms_per_day / self.rows_per_day
        return self.alarms_per_1000 / 1000

    @property
    def warmup(self) -> int:
        """Values that are learnt before the first score: 150."""
        return layout.WARMUP

    @property
    def words(self) -> int:
        """Words of one stream's state."""
        return layout.CORE_WORDS if self.decider == VALUE else layout.WORDS

    def workbench(self) -> Values:
        """Return a kernel's workbench with these parameters, shape ``(WORKBENCH,)``."""
        bench = np.zeros(layout.WORKBENCH)
        bench[layout.SEED] = self.seed
        bench[layout.LEVEL] = self.level
        bench[layout.RATE] = self.rate
        bench[layout.HOLD] = self.window
        bench[layout.CORE] = self.decider == VALUE
        return bench
