"""Five votes on one packed state: z-score, Tukey's fences, EWMA, moving average, isolation forest.

Each voter has an interval and votes for every value outside; the isolation forest also votes for
values that it isolates inside. A voter's strength is the value's distance from the centre over
the half width of the interval, so 1 is at the edge. The median of the five strengths is at least
1 exactly when three of them vote; it becomes the score. The medians of the five lower and of the
five upper ends are the expected range: a value beyond it has three votes against it.
"""

from __future__ import annotations

import math

import numpy as np

from standout.kernels.forest import build_tree, find_edges, path_sum
from standout.kernels.jit import kernel, part
from standout.kernels.layout import (
    ALPHA,
    ANCHOR,
    COUNT,
    DECIDER,
    EWMA,
    EWMA_LIMIT,
    EWMA_VAR,
    FENCE,
    FOREST_LOWER,
    FOREST_UPPER,
    GAIN,
    HEAD,
    ISOLATION,
    M2,
    MA,
    MA_LIMIT,
    MA_VAR,
    MEAN,
    ONE_VERDICT,
    PATH_LIMIT,
    PATH_TO_LOG,
    RING,
    SAMPLE,
    SEED,
    SPAN,
    TREES,
    VERDICT,
    Z_LIMIT,
)
from standout.kernels.prefetch import prefetch
from standout.kernels.window import push
from standout.types import Slots, Values

REBUILD_EVERY = 8
"""Values between two rebuilt trees: the forest is renewed once in 64."""
BELOW_ONE = 1.0 - 1e-9
ALERT = 0.6
"""Score of a strength of 1: at and above it a value is an anomaly."""


@part
def median_of_five(a: float, b: float, c: float, d: float, e: float) -> float:
    """Third of five values, by seven comparisons at the most."""
    if a > b:
        a, b = b, a
    if c > d:
        c, d = d, c
    if a > c:
        a, c = c, a
        b, d = d, b
    # The smallest of four cannot be the median of five.
    if b > e:
        b, e = e, b
    if b < c:
        return min(c, e)
    return min(b, d)


@part
def ratio(distance: float, half_width: float) -> float:
    """Strength of a distance; an interval without width is left by any distance at all."""
    if half_width > 0.0:
        return distance / half_width
    return np.inf if distance > 0.0 else 0.0


@part
def held_to(x: float, lower: float, upper: float, strength: float) -> float:
    """Strength on the side of 1 that the interval says: rounding may not contradict it."""
    if x < lower or x > upper:
        return max(strength, 1.0)
    # Written so that nan, from moments that overflow, is no strength.
    return min(strength, BELOW_ONE) if strength > 0.0 else 0.0


@part
def quantile(row: Values, start: int, n: int, q: float) -> float:
    """Quantile of `n` ascending values, linear between two of them."""
    place = q * (n - 1)
    k = int(place)
    return row[start + k] + (place - k) * (row[start + min(k + 1, n - 1)] - row[start + k])


@part
def score_value(row: Values, window: int, bench: Values, x: float, verdict: Values) -> None:
    """Write the verdict on `x`; changes no state. A missing value, or too early: nan."""
    if not (row[COUNT] >= min(window, SAMPLE) and math.isfinite(x)):
        for j in range(VERDICT):
            verdict[j] = np.nan
        return
    n = min(int(row[COUNT]), window)
    start = RING + window
    lowest = row[start]
    mean = row[ANCHOR] + row[MEAN]
    deviation = math.sqrt(row[M2] / n)
    if lowest == row[start + n - 1]:
        # A flat window: rounding must not make a difference of nothing.
        mean = lowest
        deviation = 0.0

    half = bench[Z_LIMIT] * deviation
    lower0, upper0 = mean - half, mean + half
    u0 = held_to(x, lower0, upper0, ratio(abs(x - mean), half))

    q1 = quantile(row, start, n, 0.25)
    q3 = quantile(row, start, n, 0.75)
    half = bench[FENCE] * (q3 - q1)
    lower1, upper1 = q1 - half, q3 + half
    u1 = held_to(x, lower1, upper1, ratio(max(q1 - x, x - q3, 0.0), half))

    ewma = row[EWMA]
    half = bench[EWMA_LIMIT] * math.sqrt(row[EWMA_VAR])
    lower2, upper2 = ewma - half, ewma + half
    u2 = held_to(x, lower2, upper2, ratio(abs(x - ewma), half))

    average = row[MA]
    half = bench[MA_LIMIT] * math.sqrt(row[MA_VAR])
    lower3, upper3 = average - half, average + half
    u3 = held_to(x, lower3, upper3, ratio(abs(x - average), half))

    path = path_sum(row, x)
    isolation = math.exp(path * bench[PATH_TO_LOG])
    lower4, upper4 = row[FOREST_LOWER], row[FOREST_UPPER]
    if path <= bench[PATH_LIMIT] or x < lower4 or x > upper4:
        u4 = max((1.0 - bench[ISOLATION]) / (1.0 - isolation), 1.0)
    else:
        u4 = min(isolation / bench[ISOLATION], BELOW_ONE)

    decider = bench[DECIDER]
    if decider == 0.0:
        strength = median_of_five(u0, u1, u2, u3, u4)
        lower = median_of_five(lower0, lower1, lower2, lower3, lower4)
        upper = median_of_five(upper0, upper1, upper2, upper3, upper4)
    elif decider == 1.0:
        strength, lower, upper = u0, lower0, upper0
    elif decider == 2.0:
        strength, lower, upper = u1, lower1, upper1
    elif decider == 3.0:
        strength, lower, upper = u2, lower2, upper2
    elif decider == 4.0:
        strength, lower, upper = u3, lower3, upper3
    else:
        strength, lower, upper = u4, lower4, upper4
    verdict[0] = ALERT * strength if strength < 1.0 else 1.0 - (1.0 - ALERT) / strength
    verdict[1] = min(max(ewma, lower), upper)
    verdict[2] = lower
    verdict[3] = upper
    verdict[4] = (
        (u0 >= 1.0) + 2 * (u1 >= 1.0) + 4 * (u2 >= 1.0) + 8 * (u3 >= 1.0) + 16 * (u4 >= 1.0)
    )


@part
def averaged(mean_square: float, error: float, gain: float) -> float:
    """Move a mean square towards the square of an error; one that overflows is left out."""
    moved = mean_square + gain * (error * error - mean_square)
    return moved if math.isfinite(moved) else mean_square


@part
def learn_value(row: Values, window: int, bench: Values, x: float) -> None:
    """Learn `x`, after it was scored."""
    count = int(row[COUNT])
    if count == 0:
        row[EWMA] = x
    else:
        gain = max(bench[GAIN], 1.0 / count)
        row[MA_VAR] = averaged(row[MA_VAR], x - row[MA], gain)
        error = x - row[EWMA]
        row[EWMA_VAR] = averaged(row[EWMA_VAR], error, gain)
        row[EWMA] += bench[ALPHA] * error
    place = int(row[HEAD])
    push(row, window, x)
    count += 1

    # Relative to x, so that the average of equal values is that value to the bit.
    recent = min(int(bench[SPAN]), count)
    total = 0.0
    for _ in range(1, recent):
        place -= 1
        if place < 0:
            place += window
        total += row[RING + place] - x
    row[MA] = x + total / recent

    past_warmup = count - min(window, SAMPLE)
    if past_warmup < 0 or past_warmup % REBUILD_EVERY:
        return
    n = min(count, window)
    turn = past_warmup // REBUILD_EVERY
    seed = int(bench[SEED])
    if turn == 0:
        for tree in range(TREES):
            build_tree(row, window, n, tree, seed + tree, bench)
    else:
        build_tree(row, window, n, turn % TREES, seed + TREES + turn, bench)
    find_edges(row, bench[PATH_LIMIT], bench)


@kernel
def score_learn(states: Values, bench: Values, slots: Slots, x: Values, verdicts: Values) -> None:
    """Score each value with the state of its slot, then learn it, in the order given.

    Parameters
    ----------
    states
        Shape ``(capacity, row_words(window))``, updated in place.
    bench
        Shape ``(WORKBENCH,)``, with the parameters in its first words.
    slots, x
        Shape ``(n,)``: the state's row of each value, and the value; nan or infinite is missing.
    verdicts
        Shape ``(n, VERDICT)``, overwritten: score, expected, lower, upper, votes as a bit mask;
        nan while warming up and for a missing value.

    Notes
    -----
    About 0.3 microseconds a value at a window of 100.
    """
    words = states.shape[1]
    window = (words - RING) // 2
    flat = states.reshape(-1)
    for i in range(x.shape[0]):
        if i + 1 < x.shape[0] and slots[i + 1] != slots[i]:
            prefetch(flat, words, slots[i + 1])
        row = states[slots[i]]
        score_value(row, window, bench, x[i], verdicts[i])
        if math.isfinite(x[i]):
            learn_value(row, window, bench, x[i])


@kernel
def score_learn_one(states: Values, bench: Values, slot: int, x: float) -> None:
    """`score_learn` for one value; the verdict is left on the workbench."""
    window = (states.shape[1] - RING) // 2
    row = states[slot]
    score_value(row, window, bench, x, bench[ONE_VERDICT : ONE_VERDICT + VERDICT])
    if math.isfinite(x):
        learn_value(row, window, bench, x)


@kernel
def score(states: Values, bench: Values, slot: int, x: Values, verdicts: Values) -> None:
    """Score values against one slot's state as it is, and learn nothing."""
    window = (states.shape[1] - RING) // 2
    row = states[slot]
    for i in range(x.shape[0]):
        score_value(row, window, bench, x[i], verdicts[i])


@kernel
def learn(states: Values, bench: Values, slot: int, x: Values) -> None:
    """Learn values into one slot's state without scoring them."""
    window = (states.shape[1] - RING) // 2
    row = states[slot]
    for i in range(x.shape[0]):
        if math.isfinite(x[i]):
            learn_value(row, window, bench, x[i])
