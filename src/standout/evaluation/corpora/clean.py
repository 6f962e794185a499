"""Series in which nothing is wrong: every alarm on them is a false one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from standout.evaluation.series import LabelledSeries
from standout.types import Values

FAMILY = "clean"
ROWS = 50_000
SEED = 7


def make_clean(rows: int = ROWS, seed: int = SEED) -> Iterator[LabelledSeries]:
    """Make five series: independent, heavy-tailed, slow, wandering and seasonal noise."""
    for place, (name, make) in enumerate(_KINDS.items()):
        values = make(np.random.default_rng([seed, place]), rows)
        yield LabelledSeries(
            family=FAMILY, name=name, values=values, labels=np.zeros(rows, np.bool_)
        )


def make_more_noise(rows: int = ROWS, seed: int = SEED) -> Iterator[LabelledSeries]:
    """Make eight further kinds, beyond the family: they hold an asked rate of alarms to account."""
    for place, (name, make) in enumerate(_MORE_KINDS.items()):
        values = make(np.random.default_rng([seed, 100 + place]), rows)
        yield LabelledSeries(
            family=FAMILY, name=name, values=values, labels=np.zeros(rows, np.bool_)
        )


def _autoregressive(random: np.random.Generator, rows: int) -> Values:
    shocks = random.normal(size=rows)
    values = np.empty(rows)
    level = 0.0
    for row in range(rows):
        level = 0.95 * level + shocks[row]
        values[row] = level
    return values


def _seasonal(random: np.random.Generator, rows: int) -> Values:
    return 10 * np.sin(2 * np.pi * np.arange(rows) / 288) + random.normal(size=rows)


_KINDS: dict[str, Callable[[np.random.Generator, int], Values]] = {
    "gaussian": lambda random, rows: random.normal(size=rows),
    "student_3": lambda random, rows: random.standard_t(3, size=rows),
    "autoregressive_0.95": _autoregressive,
    "random_walk": lambda random, rows: random.normal(size=rows).cumsum(),
    "daily_season": _seasonal,
}


def _volatile(random: np.random.Generator, rows: int) -> Values:
    """Make noise whose variance follows its own past: calm and stormy times (GARCH)."""
    shocks = random.normal(size=rows)
    values = np.empty(rows)
    variance = 1.0
    for row in range(rows):
        values[row] = shocks[row] * variance**0.5
        variance = 0.05 + 0.1 * values[row] ** 2 + 0.85 * variance
    return values


def _day_and_week(random: np.random.Generator, rows: int) -> Values:
    row = np.arange(rows)
    wave: Values = 5 * np.sin(2 * np.pi * row / 288) + 3 * np.sin(2 * np.pi * row / 2016)
    return wave + 0.3 * random.normal(size=rows)


def _shifts(random: np.random.Generator, rows: int) -> Values:
    at_work = np.sin(2 * np.pi * np.arange(rows) / 288) > 0
    return np.where(at_work, 10.0, 0.0) + 0.2 * random.normal(size=rows)


def _moving_mean(random: np.random.Generator, rows: int) -> Values:
    return np.convolve(random.normal(size=rows + 19), np.full(20, 0.05), "valid")


_MORE_KINDS: dict[str, Callable[[np.random.Generator, int], Values]] = {
    "uniform": lambda random, rows: random.random(rows),
    "log_normal": lambda random, rows: random.lognormal(size=rows),
    "volatile": _volatile,
    "moving_mean": _moving_mean,
    "day_and_week": _day_and_week,
    "working_shifts": _shifts,
    "counts_of_100": lambda random, rows: random.poisson(100, rows).astype(np.float64),
    "counts_of_3": lambda random, rows: random.poisson(3, rows).astype(np.float64),
}
