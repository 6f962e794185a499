"""Make cloud metrics with a daily shape, with anomalies put in and labelled."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

import numpy as np

from standout.demo.series import Series
from standout.demo.sources import DAY, STEP_S, Metric
from standout.types import Counts, Values

START_US = int(datetime(2026, 1, 5, tzinfo=UTC).timestamp()) * 1_000_000
_LENGTHS = {"spike": 2, "dip": 5, "shift": 24, "burst": 18}
ANOMALIES_A_DAY = 4


class Sample(NamedTuple):
    """One observation: microseconds UTC, the value, and 1 where an anomaly was put in."""

    time_us: int
    value: float
    label: int


def generate(metric: Metric, seed: int, *, first_day: int = 0) -> Iterator[Sample]:
    """Give a metric's observations without end.

    Parameters
    ----------
    metric
        What to make.
    seed
        The same seed gives the same values; each metric has its own for one seed.
    first_day
        Day to begin with. Days do not depend on each other, so no day before it is made.
    """
    day = first_day
    while True:
        values, labels = _day(metric, seed, day)
        for step, (value, label) in enumerate(zip(values.tolist(), labels.tolist(), strict=True)):
            time = START_US + (day * DAY + step) * STEP_S * 1_000_000
            yield Sample(time, value, label)
        day += 1


def generated(metric: Metric, seed: int, *, days: int) -> Series:
    """Return the first days of a metric as a series with labels."""
    samples = list(islice(generate(metric, seed), days * DAY))
    times, values, labels = (np.array(column) for column in zip(*samples, strict=True))
    return Series(times, values.astype(np.float64), labels)


def _day(metric: Metric, seed: int, day: int) -> tuple[Values, Counts]:
    random = np.random.default_rng([seed, zlib.crc32(metric.name.encode()), day])
    hours = np.arange(DAY) * STEP_S / 3_600
    shape = 1 + metric.swing * np.cos((hours - metric.peak_hour) * 2 * np.pi / 24)
    normal = random.standard_normal(DAY)
    noise = metric.noise * (normal + metric.skew * (normal**2 - 1))
    labels = np.zeros(DAY, np.int64)
    for start, kind in _plan(random):
        rows = slice(start, start + _LENGTHS[kind])
        shape[rows], noise[rows] = _anomalous(kind, shape[rows], noise[rows], metric.noise, random)
        labels[rows] = 1
    values = np.clip(metric.level * (shape + noise), 0, metric.ceiling)
    return np.round(values, metric.decimals), labels


def _plan(random: np.random.Generator) -> list[tuple[int, str]]:
    """Choose one anomaly for each part of the day, in its first half, so that none meet."""
    part = DAY // ANOMALIES_A_DAY
    starts = [number * part + int(random.integers(part // 2)) for number in range(ANOMALIES_A_DAY)]
    kinds = random.permutation(np.resize(list(_LENGTHS), ANOMALIES_A_DAY)).tolist()
    return list(zip(starts, kinds, strict=True))


def _anomalous(
    kind: str, shape: Values, noise: Values, sigma: float, random: np.random.Generator
) -> tuple[Values, Values]:
    """Return the shape and the noise of a stretch in which something is wrong."""
    if kind == "spike":
        return shape, noise + sigma * random.uniform(10, 16)
    if kind == "dip":
        return shape * random.uniform(0.1, 0.4), noise
    if kind == "shift":
        return shape, noise + sigma * random.uniform(7, 10) * random.choice([-1, 1])
    return shape, noise * random.uniform(5, 7)
