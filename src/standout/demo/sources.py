"""Cloud metrics that the generator can make, and how each behaves when all is well."""

from __future__ import annotations

from dataclasses import dataclass

STEP_S = 300
DAY = 86_400 // STEP_S
"""Observations a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric with a daily shape.

    Parameters
    ----------
    name
        What it is, and the id of its stream.
    level
        Its daily mean, in its own unit.
    swing
        How far it goes from the mean over a day, as a share of it.
    noise
        Standard deviation from one observation to the next, as a share of the mean.
    peak_hour
        Hour of the day (UTC) at which it is highest.
    ceiling
        Its largest possible value; the smallest is 0.
    skew
        How much heavier its upper tail is: 0 is a normal distribution.
    decimals
        Places that are kept.
    """

    name: str
    level: float
    swing: float
    noise: float
    peak_hour: float
    ceiling: float = float("inf")
    skew: float = 0.0
    decimals: int = 2


METRICS = (
    Metric(name="cpu-web-1", level=46, swing=0.35, noise=0.035, peak_hour=14, ceiling=100),
    Metric(name="latency-checkout-ms", level=120, swing=0.15, noise=0.04, peak_hour=15, skew=0.3),
    Metric(name="orders-per-minute", level=300, swing=0.5, noise=0.04, peak_hour=19, decimals=0),
    Metric(name="error-rate-api", level=0.8, swing=0.1, noise=0.06, peak_hour=13, ceiling=100),
)
