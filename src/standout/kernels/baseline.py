"""A baseline: mean and standard deviation, given or of the newest values, and a range around them.

One stream's state is a row of float64 words: how many values were learnt, the place in the ring
that the next one takes, and the ring. With a given baseline the ring has no words.
"""

from __future__ import annotations

import math

from standout.kernels.jit import kernel, part
from standout.types import Batch, Point, Slots, Values

COUNT, HEAD, RING = 0, 1, 2
MULTIPLIER, MEAN, STD, WARMUP, PARAMS = 0, 1, 2, 3, 4
"""Places of the parameters, and how many they are; a mean that is nan is taken from the ring."""
SCORE, EXPECTED, LOWER, UPPER, VOTES, VERDICT = 0, 1, 2, 3, 4, 5
"""Columns of a verdict, and how many they are."""
ALERT = 0.6
_BELOW_ALERT = 0.6 - 2.0**-53
_LARGE, _SMALL = 1e150, 1e-150
_DOWN, _UP = 2.0**-600, 2.0**600
_LARGEST = 1.7976931348623157e308


@part
def _scale(row: Point, n: int) -> float:
    """Return a power of two that keeps the squares of `n` values from overflow and from 0."""
    peak = 0.0
    for i in range(n):
        peak = max(peak, abs(row[RING + i]))
    if peak > _LARGE:
        return _DOWN
    return _UP if peak < _SMALL else 1.0


@part
def _judge(row: Point, params: Point, x: float, verdict: Point) -> None:
    """Write the verdict on `x`."""
    verdict[:] = math.nan
    if not (math.isfinite(x) and row[COUNT] >= params[WARMUP]):
        return
    mean, std, scale = params[MEAN], params[STD], 1.0
    if math.isnan(mean):
        n = int(min(row[COUNT], len(row) - RING))
        scale = _scale(row, n)
        # Summed around one of them, and afresh each time: no rounding collects.
        first = row[RING] * scale
        total = 0.0
        for i in range(n):
            total += row[RING + i] * scale - first
        drift = total / n
        squares = 0.0
        left = 0.0
        for i in range(n):
            deviation = row[RING + i] * scale - first - drift
            squares += deviation * deviation
            left += deviation
        mean = first + drift
        std = math.sqrt(max(squares - left * left / n, 0.0) / (n - 1))
    half = params[MULTIPLIER] * std
    lower, upper, here = mean - half, mean + half, x * scale
    away = abs(here - mean)
    if lower <= here <= upper:
        score = 0.0 if away == 0.0 else min(ALERT * (away / half), _BELOW_ALERT)
    else:
        score = max(1.0 - (1.0 - ALERT) * (half / away), ALERT)
    verdict[SCORE] = score
    verdict[EXPECTED] = mean / scale
    verdict[LOWER] = max(lower / scale, -_LARGEST)
    verdict[UPPER] = min(upper / scale, _LARGEST)
    verdict[VOTES] = 1.0 if score >= ALERT else 0.0


@part
def _learn(row: Point, x: float) -> None:
    if not math.isfinite(x):
        return
    row[COUNT] += 1.0
    room = len(row) - RING
    if room:
        head = int(row[HEAD])
        row[RING + head] = x
        row[HEAD] = float((head + 1) % room)


@kernel
def score_learn(
    states: Batch, params: Point, slots: Slots, values: Values, verdicts: Batch
) -> None:
    """Score each value against the state of its slot, then learn it.

    Parameters
    ----------
    states
        A row a slot, updated in place.
    params
        Shape ``(PARAMS,)``.
    slots, values
        Shape ``(n,)``.
    verdicts
        Filled; shape ``(n, VERDICT)``.
    """
    for i in range(len(values)):
        row = states[slots[i]]
        _judge(row, params, values[i], verdicts[i])
        _learn(row, values[i])


@kernel
def score(states: Batch, params: Point, slot: int, values: Values, verdicts: Batch) -> None:
    """Score values against a slot as it is."""
    for i in range(len(values)):
        _judge(states[slot], params, values[i], verdicts[i])


@kernel
def learn(states: Batch, slot: int, values: Values) -> None:
    """Learn values without scoring them."""
    for i in range(len(values)):
        _learn(states[slot], values[i])
