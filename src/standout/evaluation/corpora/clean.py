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
