"""The members of `auto` as detectors of their own: what the ensemble makes of them is then seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from standout.detectors.series import parameters
from standout.detectors.series.bank import compare
from standout.detectors.series.base import SeriesAlgorithm, SeriesVerdicts
from standout.detectors.series.judging import Opinion, each_channel, judge, varying
from standout.detectors.series.kernel_bank import kernel_distance
from standout.detectors.series.linear import autoregression, seasonal_levels
from standout.detectors.series.members import Widths, smoothed
from standout.detectors.series.short import SHORT, short_scores
from standout.types import Batch, Scores, Values

MOST = 2_000


def _width() -> Any:
    told = "Rows of a window; 0 is the period that is found. A short series has narrower ones."
    return parameters.integer(0, told, minimum=0, maximum=MOST)


@dataclass(frozen=True, kw_only=True)
class _Single:
    """One member: each channel is scored alone, and the mean of their standard scores decides."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    title: ClassVar[str]
    summary: ClassVar[str]
    good_at: ClassVar[str]
    bad_at: ClassVar[str]
    cost: ClassVar[str]

    def __post_init__(self) -> None:
        parameters.check(self)

    @classmethod
    def describe(cls) -> SeriesAlgorithm:
        """Tell what it is good and bad at, and what it takes."""
        return SeriesAlgorithm(
            name=cls.name,
            title=cls.title,
            summary=cls.summary,
            good_at=cls.good_at,
            bad_at=cls.bad_at,
            cost=cls.cost,
            params=parameters.schema(cls),
        )

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return parameters.values(self)

    def judge(self, X: Batch) -> SeriesVerdicts:
        """Judge rows in order of time, shape ``(n, d)``; nan is a missing value."""
        return judge(X, varying, self._opine)

    def score_many(self, X: Batch) -> Scores:
        """Return the scores of `judge` alone."""
        return self.judge(X).score

    def _opine(self, Z: Batch) -> Opinion:
        return each_channel(Z, short_scores if len(Z) < SHORT else self._one)

    def _one(self, x: Values) -> tuple[Values, Values]:
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class BankDistance(_Single):
    """Distance of each window, less its mean, to the nearest of a random bank of windows.

    The strongest single member. Windows are not divided by their spread, so that flat ones do
    not blow up; nearer starts than a window are not compared. Smoothed over a window. Says where
    an anomaly is to about a window; blind to what is there twice. O(n), 50 ms for 10,000 rows.
    """

    name: ClassVar[str] = "bank_distance"
    title: ClassVar[str] = "Distance to a bank of windows"
    summary: ClassVar[str] = "How far a window is from the nearest of 2,500 drawn at random."
    good_at: ClassVar[str] = "Stretches of an unusual shape or size in series that repeat."
    bad_at: ClassVar[str] = "Single values, and shapes that come more than once."
    cost: ClassVar[str] = "About 50 ms for 10,000 rows, linear."

    width: int = _width()
    seed: int = parameters.seed()

    def _one(self, x: Values) -> tuple[Values, Values]:
        width = _width_for(x, self.width)
        found = compare(x, width, seed=self.seed)
        return smoothed(found.distance, width), found.expected


@dataclass(frozen=True, kw_only=True)
class Reconstruction(_Single):
    """Residual of each row against the nearest bank windows of all windows that cover it.

    As `BankDistance`, but a row gets only its own part of what differs, so that an anomaly is
    placed sharply. Smoothed over a quarter of a window. O(n), 50 ms for 10,000 rows.
    """

    name: ClassVar[str] = "reconstruction"
    title: ClassVar[str] = "Reconstruction from neighbours"
    summary: ClassVar[str] = "How far a row is from what the nearest of 2,500 windows have there."
    good_at: ClassVar[str] = "Where in a window something is unusual; most anomalies of a channel."
    bad_at: ClassVar[str] = "Shapes that come more than once, and slow drifts."
    cost: ClassVar[str] = "About 50 ms for 10,000 rows, linear."

    width: int = _width()
    seed: int = parameters.seed()

    def _one(self, x: Values) -> tuple[Values, Values]:
        width = _width_for(x, self.width)
        found = compare(x, width, seed=self.seed)
        return smoothed(found.residual, width / 4), found.expected


@dataclass(frozen=True, kw_only=True)
class RandomKernels(_Single):
    """Distance of random-convolution features to the three nearest of a bank of rows.

    Sees a change of texture or frequency whatever its phase. Smoothed over a window. O(n), 70 ms
    for 10,000 rows. Worse than `BankDistance` alone, but it errs elsewhere.
    """

    name: ClassVar[str] = "random_kernels"
    title: ClassVar[str] = "Random convolutions"
    summary: ClassVar[str] = "How far what 84 random filters see is from what they see elsewhere."
    good_at: ClassVar[str] = "Changes of texture and frequency, whatever the phase."
    bad_at: ClassVar[str] = "Single values, and slow changes of level."
    cost: ClassVar[str] = "About 70 ms for 10,000 rows, linear."

    width: int = _width()
    seed: int = parameters.seed()

    def _one(self, x: Values) -> tuple[Values, Values]:
        width = _width_for(x, self.width)
        return smoothed(kernel_distance(x, width, seed=self.seed), width), _mean(x)


@dataclass(frozen=True, kw_only=True)
class Seasonal(_Single):
    """Distance of each value to the median of up to ten at the same time of other periods.

    Sharp where a series has one steady period; useless where it has none. O(n), 2 ms for 10,000
    rows.
    """

    name: ClassVar[str] = "seasonal"
    title: ClassVar[str] = "Seasonal residual"
    summary: ClassVar[str] = "How far a value is from those at the same time of other periods."
    good_at: ClassVar[str] = "Values and short stretches against one steady period."
    bad_at: ClassVar[str] = "Series without a period, or with one that shifts."
    cost: ClassVar[str] = "About 2 ms for 10,000 rows, linear."

    period: int = parameters.integer(0, "Rows; 0 is found.", minimum=0, maximum=1_000_000)

    def _one(self, x: Values) -> tuple[Values, Values]:
        period = self.period or Widths.of(x).period
        expected = seasonal_levels(x, period)
        return smoothed(np.abs(x - expected), 0.3 * min(period, len(x))), expected


@dataclass(frozen=True, kw_only=True)
class Autoregression(_Single):
    """Distance of each value to a linear prediction from the values just before it.

    Finds single values and sudden steps; blind to what goes on smoothly. O(n order²), 20 ms for
    10,000 rows.
    """

    name: ClassVar[str] = "autoregression"
    title: ClassVar[str] = "Linear prediction"
    summary: ClassVar[str] = "How far a value is from a linear prediction by the values before it."
    good_at: ClassVar[str] = "Single values and sudden steps."
    bad_at: ClassVar[str] = "Whatever goes on smoothly."
    cost: ClassVar[str] = "About 20 ms for 10,000 rows, linear."

    order: int = parameters.integer(32, "Values that a prediction is from.", minimum=1, maximum=200)

    def _one(self, x: Values) -> tuple[Values, Values]:
        found = autoregression(x, self.order)
        return np.abs(found), x - found


def _width_for(x: Values, asked: int) -> int:
    widths = Widths.of(x)
    return widths.capped(asked or widths.period)


def _mean(x: Values) -> Values:
    return np.full(len(x), x.mean())
