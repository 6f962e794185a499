"""The streams of the pictures: a day of a plant and of a shop, ending at a frozen time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

import numpy as np

from standout.types import Mask, Times, Values

NOW = datetime(2026, 3, 5, 3, 40, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
DAY_S = 86_400
DAYS = 6
FAILING_MIN = 18.1
"""Minutes before now at which the bearing of the first pump begins to fail."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """A stream of the demo: its shape, and what goes wrong in it.

    Parameters
    ----------
    swing, noise
        Height of its rhythm, and width of what is not.
    events
        Begin and length in hours before now and hours, then the height in widths of the noise.
    missing
        Hours before now between which nothing came.
    failing
        Whether its bearing fails at the end.
    hurried
        Begin and length in hours in which its rhythm goes five times as fast.
    """

    id: str
    what: str
    unit: str | None
    level: float
    noise: float
    swing: float
    step_s: int = 60
    detector: str = "auto"
    events: tuple[tuple[float, float, float], ...] = ()
    missing: tuple[float, float] | None = None
    failing: bool = False
    hurried: tuple[tuple[float, float], ...] = ()


STREAMS = (
    Made(
        id="pump-7",
        what="bearing temperature",
        unit="°C",
        level=64.6,
        noise=0.42,
        swing=2.4,
        step_s=10,
        events=((0.686, 0.08, -11), (0.846, 0.012, 28)),
        failing=True,
    ),
    Made(
        id="checkout",
        what="latency p95",
        unit="ms",
        level=180,
        noise=6,
        swing=22,
        events=((9.2, 0.05, 16), (0.57, 0.6, 15)),
    ),
    Made(
        id="feeder-12",
        what="voltage",
        unit="V",
        level=230.4,
        noise=0.25,
        swing=1.1,
        events=((13.6, 0.03, -12), (0.43, 0.5, -14)),
    ),
    Made(
        id="orders",
        what="per minute",
        unit=None,
        level=190,
        noise=5,
        swing=24,
        events=((6.4, 0.9, -22),),
    ),
    Made(
        id="turbine-3",
        what="vibration",
        unit="mm/s",
        level=2.3,
        noise=0.03,
        swing=0.14,
        events=((7.8, 0.05, 14),),
    ),
    Made(
        id="cold-store-2",
        what="temperature",
        unit="°C",
        level=-19.2,
        noise=0.1,
        swing=0.5,
        events=((11.1, 0.2, 13),),
        missing=(4.75, 3.7),
    ),
    Made(
        id="login-failures",
        what="per minute",
        unit=None,
        level=6,
        noise=0.4,
        swing=1.8,
        events=((6.2, 0.25, 18),),
    ),
    Made(
        id="line-4",
        what="torque",
        unit="N·m",
        level=38.7,
        noise=0.25,
        swing=1.3,
        events=((19.4, 0.03, -10),),
    ),
    Made(
        id="ingest-queue",
        what="depth",
        unit=None,
        level=1_204,
        noise=20,
        swing=90,
        events=((5.9, 0.1, 15),),
    ),
    Made(id="node-14", what="CPU steal", unit="%", level=0.8, noise=0.02, swing=0.1),
    Made(
        id="dns",
        what="error rate",
        unit="%",
        level=0.02,
        noise=0.0012,
        swing=0.005,
        events=((1.9, 0.03, 10),),
    ),
    Made(id="boiler", what="pressure", unit="bar", level=6.1, noise=0.02, swing=0.1),
    Made(id="search", what="latency p95", unit="ms", level=96, noise=2, swing=11),
    Made(id="turbine-4", what="vibration", unit="mm/s", level=1.98, noise=0.03, swing=0.13),
    Made(
        id="pump-2",
        what="bearing temperature",
        unit="°C",
        level=62.4,
        noise=0.12,
        swing=1.6,
        detector="vote",
        events=((66, 0.1, 38), (31, 0.2, -34)),
        hurried=((52.0, 2.0),),
    ),
    Made(id="disk-array", what="write latency", unit="ms", level=3.4, noise=0.07, swing=0.4),
    Made(id="refunds", what="per hour", unit=None, level=12, noise=0.5, swing=2.2),
    Made(
        id="line-2",
        what="torque",
        unit="N·m",
        level=41,
        noise=0.25,
        swing=1.2,
        missing=(24.1, 20.4),
    ),
)


def values_of(made: Made, seed: int) -> tuple[Times, Values]:
    """Return a day of a stream: a rhythm, noise that drags, and its events."""
    random = np.random.default_rng(seed)
    seconds = np.arange(-DAYS * DAY_S, 1, made.step_s, dtype=np.float64)
    beat = 9.1 * made.step_s if made.failing else 8.4 * made.step_s
    pace = np.ones(len(seconds))
    for before_h, length_h in made.hurried:
        pace[(seconds >= -before_h * 3_600) & (seconds < (length_h - before_h) * 3_600)] = 5
    phase = seconds[0] / beat + np.cumsum(pace) * made.step_s / beat
    rhythm = np.sin(phase) + 0.37 * np.sin(2.87 * phase)
    fresh = random.standard_normal(len(seconds))
    dragging = np.array(list(accumulate(fresh, lambda last, x: 0.93 * last + 0.37 * x)))
    noise = 0.83 * dragging + 0.71 * random.standard_normal(len(seconds))
    values = made.level + made.swing * rhythm + made.noise * noise
    for before_h, length_h, height in made.events:
        begin = -before_h * 3_600
        inside = (seconds >= begin) & (seconds < begin + max(length_h * 3_600, made.step_s))
        values[inside] += height * made.noise
    if made.failing:
        values += _failing(seconds / 60)
    kept = _kept(made, seconds)
    return NOW_US + seconds[kept].astype(np.int64) * 1_000_000, np.round(values[kept], 4)


def _failing(minutes: Values) -> Values:
    """Return what a failing bearing adds: it grows hot, and swings more and more."""
    share = np.clip((minutes + FAILING_MIN) / FAILING_MIN, 0, 1)
    swings = (2 + 5 * share) * np.sin(minutes * 60 / 9)
    return np.where(share > 0, 17 * share**0.7 + swings, 0.0)


def _kept(made: Made, seconds: Values) -> Mask:
    if made.missing is None:
        return np.ones(len(seconds), np.bool_)
    first, last = made.missing
    return (seconds < -first * 3_600) | (seconds >= -last * 3_600)
