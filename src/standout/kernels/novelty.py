"""Novelty on one packed state: how new a value is, its step, and the shapes that it ends.

Each part is a distance: from the nearest value seen so far, from the value before, from the nearest
past subsequence, and from what followed that one. Each is ranked among all earlier distances of the
same stream, which makes evidence of it; predictability decides how much the shapes' count.
"""

from __future__ import annotations

import math

import numpy as np

from standout.kernels.forest import WEYL, WORD, mix
from standout.kernels.jit import kernel, part
from standout.kernels.novelty_forecast import (
    forecast,
    forecast_error,
    half_width,
    learn_forecast,
)
from standout.kernels.novelty_layout import (
    ASKED,
    CORE,
    CORE_RANKS,
    COUNT,
    DISTANCE,
    ERROR,
    EVIDENCE,
    FILLED,
    FORESEEN,
    FOUND,
    JUDGED,
    K32,
    K64,
    K128,
    K512,
    LEVEL,
    NEXT_32,
    NEXT_64,
    NEXT_128,
    ORDER,
    PAIR,
    PAIRS,
    POINTS_AT,
    RANKS,
    RESERVOIR,
    RESERVOIR_MOST,
    SEED,
    SHAPE_32,
    SHAPE_64,
    SHAPE_128,
    SHAPE_512,
    STEP,
    STEPS,
    VALUE,
    WARMUP,
)
from standout.kernels.novelty_level import asked, judged, learn_level
from standout.kernels.novelty_rank import count_distance, evidence
from standout.kernels.novelty_ratio import gate, weigh
from standout.kernels.novelty_shapes import find_neighbours, following, learn_neighbours
from standout.kernels.novelty_sketch import gap, keep
from standout.types import Slots, Values

SHAPE_LIMIT = 0.2
STEP_LIMIT = 0.4
"""Ratios of predictability from which on shapes and steps say nothing."""
STEP_CLIP = 5.0
PAIR_WEIGHT, STEP_WEIGHT, NEXT_WEIGHT, LONG_WEIGHT = 0.2, 0.5, 0.3, 0.5
LEAST_VALUE = 0.2
"""Weight that the value keeps on the most predictable stream."""
ORDER_WEIGHT = 0.02
"""Weight of evidence below 0: it breaks ties."""
SPREAD = 0.1
"""The same where a value is no anomaly: it orders the usual ones, which no alarm depends on."""
ALERT = 0.6
"""Score of evidence at the level: at and above it a value is an anomaly."""
BELOW_ALERT = math.nextafter(ALERT, 0.0)
EVEN_RESERVOIR, DRAWN_RESERVOIR = 7 * WEYL, 9 * WEYL


@part
def draw(bench: Values, what: int, count: int) -> int:
    """Return 32 random bits, decided by the seed, what they are for, and the value's place."""
    return mix(mix(int(bench[SEED]) + what) + (count & WORD))


@part
def find_distances(row: Values, bench: Values, x: float) -> None:
    """Write the distance of each part, and its evidence."""
    bench[DISTANCE + VALUE] = gap(row, x)
    if bench[CORE] == 0.0:
        find_neighbours(row, bench, x)
        count = int(row[COUNT])
        last = row[POINTS_AT[PAIRS] + int(row[FILLED + PAIRS]) - 1] if count > 0 else x
        bench[DISTANCE + STEP] = abs(x - last)
        bench[DISTANCE + PAIR] = bench[FOUND + 3 * PAIRS]
        for kind in range(K32, K512 + 1):
            bench[DISTANCE + SHAPE_32 + kind - K32] = bench[FOUND + 3 * kind]
        for kind in range(K32, K32 + FORESEEN):
            bench[DISTANCE + NEXT_32 + kind - K32] = following(row, bench, kind)
    for which in range(RANKS if bench[CORE] == 0.0 else CORE_RANKS):
        if which != ERROR:
            bench[EVIDENCE + which] = evidence(row, which, bench[DISTANCE + which])


@part
def combined(row: Values, bench: Values) -> float:
    """Evidence of all parts together."""
    value = bench[EVIDENCE + VALUE]
    if bench[CORE] != 0.0:
        return value
    w32, w64 = gate(row, K32, SHAPE_LIMIT), gate(row, K64, SHAPE_LIMIT)
    w128, w512 = gate(row, K128, SHAPE_LIMIT), gate(row, K512, SHAPE_LIMIT)
    step_weight = STEP_WEIGHT * gate(row, STEPS, STEP_LIMIT)
    pair, step = bench[EVIDENCE + PAIR], bench[EVIDENCE + STEP]
    s32, s64 = bench[EVIDENCE + SHAPE_32], bench[EVIDENCE + SHAPE_64]
    s128, s512 = bench[EVIDENCE + SHAPE_128], bench[EVIDENCE + SHAPE_512]
    n32, n64, n128 = (
        bench[EVIDENCE + NEXT_32],
        bench[EVIDENCE + NEXT_64],
        bench[EVIDENCE + NEXT_128],
    )
    value_weight = max(LEAST_VALUE, 1.0 - 2.0 * min(w32, w64, w128))
    total = value_weight * (
        max(value, 0.0) + PAIR_WEIGHT * max(pair, 0.0) + step_weight * max(step, 0.0)
    )
    total += w32 * (max(s32, 0.0) + NEXT_WEIGHT * max(n32, 0.0))
    total += w64 * (max(s64, 0.0) + NEXT_WEIGHT * max(n64, 0.0))
    total += w128 * (max(s128, 0.0) + NEXT_WEIGHT * max(n128, 0.0))
    total += w512 * LONG_WEIGHT * max(s512, 0.0)
    bench[ORDER] = value_weight * (value + pair + step) + s32 + s64 + s128
    return total + ORDER_WEIGHT * bench[ORDER]


@part
def ordered(bench: Values, e: float, level: float) -> float:
    """Evidence as it is told: below the level it is spread by how usual a value is.

    At the level and above nothing changes, and from below nothing reaches it.
    """
    short = level - e
    if short <= 0.0 or bench[CORE] != 0.0:
        return e
    spread = SPREAD * bench[ORDER] * min(short / bench[LEVEL], 1.0)
    return e + (spread if spread <= 0.0 else short * spread / (spread + short))


@part
def votes(bench: Values) -> float:
    """One bit for each part whose own evidence reaches the shipped level."""
    level = bench[LEVEL]
    bits = 1.0 * (bench[EVIDENCE + VALUE] >= level)
    if bench[CORE] != 0.0:
        return bits
    bit = 2.0
    for which in range(PAIR, SHAPE_512 + 1):
        bits += bit * (bench[EVIDENCE + which] >= level)
        bit *= 2.0
    foreseen = False
    for which in range(NEXT_32, NEXT_128 + 1):
        foreseen = foreseen or bench[EVIDENCE + which] >= level
    return bits + bit * foreseen


@part
def judge_value(row: Values, bench: Values, x: float, verdict: Values) -> None:
    """Write the verdict on `x`, and what learning it needs; changes no state."""
    if not math.isfinite(x):
        verdict[:] = np.nan
        return
    expected = forecast(row, bench)
    find_distances(row, bench, x)
    forecast_error(bench, expected, x)
    if row[COUNT] < WARMUP:
        verdict[:] = np.nan
        return
    e = judged(row, bench, combined(row, bench))
    level = asked(row, bench)
    bench[JUDGED] = e
    bench[ASKED] = level
    # At the level 0.6, a decade of evidence over it 0.94.
    below = level - ordered(bench, e, level)
    score = 1.0 / (1.0 + (1.0 - ALERT) / ALERT * 10.0 ** min(below, 300.0))
    verdict[0] = max(score, ALERT) if e >= level else min(score, BELOW_ALERT)
    half = half_width(row, bench)
    verdict[1] = expected
    verdict[2] = expected - half
    verdict[3] = expected + half
    verdict[4] = votes(bench)


@part
def learn_value(row: Values, bench: Values, x: float) -> None:
    """Learn `x` after `judge_value`."""
    count = int(row[COUNT])
    if count >= WARMUP:
        learn_level(row, bench, bench[JUDGED], bench[ASKED])
        for which in range(RANKS if bench[CORE] == 0.0 else CORE_RANKS):
            count_distance(row, which, bench[DISTANCE + which])
    keep(row, x)
    learn_forecast(row, bench, x)
    if bench[CORE] == 0.0:
        learn_step(row, bench, x, count)
        learn_neighbours(row, bench)
    row[COUNT] = count + 1.0


@part
def learn_step(row: Values, bench: Values, x: float, count: int) -> None:
    """Compare the step with the distance from a random earlier value; keep some of these."""
    if count > 0:
        held = min(count, RESERVOIR_MOST)
        other = row[RESERVOIR + ((draw(bench, EVEN_RESERVOIR, count) * held) >> 32)]
        weigh(row, STEPS, bench[DISTANCE + STEP], abs(x - other), STEP_CLIP)
    if count < RESERVOIR_MOST:
        row[RESERVOIR + count] = x
    else:
        bits = draw(bench, DRAWN_RESERVOIR, count)
        if bits & 63 == 0:
            row[RESERVOIR + ((bits >> 6) & 255)] = x


@kernel
def score_learn(states: Values, bench: Values, slots: Slots, x: Values, verdicts: Values) -> None:
    """Score each value with the state of its slot, then learn it, in the order given.

    Parameters
    ----------
    states
        Shape ``(capacity, words)``, updated in place.
    bench
        Shape ``(WORKBENCH,)``, with the parameters in its first words.
    slots, x
        Shape ``(n,)``: the state's row of each value, and the value; nan or infinite is missing.
    verdicts
        Shape ``(n, VERDICT)``, overwritten: score, expected, lower, upper, votes as a bit mask;
        nan while warming up and for a missing value.

    Notes
    -----
    About 8 microseconds a value, nearly all of them the neighbour searches; 0.3 without shapes.
    """
    for i in range(x.shape[0]):
        row = states[slots[i]]
        judge_value(row, bench, x[i], verdicts[i])
        if math.isfinite(x[i]):
            learn_value(row, bench, x[i])


@kernel
def score(states: Values, bench: Values, slot: int, x: Values, verdicts: Values) -> None:
    """Score values against one slot's state as it is, and learn nothing."""
    row = states[slot]
    for i in range(x.shape[0]):
        judge_value(row, bench, x[i], verdicts[i])
