"""The level from which on evidence is an alarm: as shipped, or calibrated to a rate.

**As shipped** it is fixed, and habit lowers the evidence: a stream that has had much to tell of
late must have more to tell now.

**Calibrated** to a rate, it is a quantile of the largest evidence of each of the newest blocks of
100 rows (conformal: on exchangeable blocks the chance of a block over it is what was asked for);
where the rate is too low for that many blocks, the tail over their upper fifth is taken as
exponential (extreme values of the Gumbel kind: evidence is a logarithm of ranks). Dependence
breaks both, so the measured rate is fed back: each alarm raises the level, each row without one
lowers it, and on any series the mean rate comes to what was asked for as long as the feedback
stays within its bounds.
"""

from __future__ import annotations

import math

from standout.kernels.jit import part
from standout.kernels.novelty_layout import (
    ALARM_AT,
    BLOCK_PEAK,
    BLOCKS,
    CANDIDATE,
    CANDIDATE_AT,
    COUNT,
    EVIDENCE,
    FEEDBACK,
    HABIT,
    HOLD,
    LEVEL,
    PEAKS,
    PEAKS_MOST,
    PEAKS_SORTED,
    RATE,
    TOTAL,
    VALUE,
    WARMUP,
)
from standout.kernels.window import insert, replace
from standout.types import Values

HABIT_WEIGHT = 0.02
HABIT_KEPT = math.exp(-1.0 / 2000.0)
BLOCK = 100
"""Rows of a block."""
SHIPPED_RATE = 0.7 / 1000.0
"""Alarms a row that the shipped level gives on noise; the level asked for at first follows."""
TRUST = 10.0
"""Blocks that weigh as much as that first guess."""
FEWEST_OVER = 5.0
"""Blocks over a quantile that make it a quantile; with fewer the tail is fitted."""
STEP = 0.4
"""Decades that an alarm raises the level by."""
MOST_DOWN, MOST_UP = -1.5, 3.0
LOWEST = 1.0
"""Evidence on that scale below which nothing is an alarm: one value in ten is as new."""


@part
def own_length(row: Values) -> float:
    """Return what evidence lacks to a p-value, so that it does not fall with a stream's length."""
    return 0.5 * math.log10(row[TOTAL + VALUE] + 1.0)


@part
def judged(row: Values, bench: Values, e: float) -> float:
    """Evidence as it is held against `asked`."""
    if bench[RATE] > 0.0:
        # Where no part has evidence, how usual the value is still tells rows apart.
        return own_length(row) + (e if e > 0.0 else min(bench[EVIDENCE + VALUE], 0.0))
    return e - HABIT_WEIGHT * row[HABIT] * HABIT_KEPT


@part
def asked(row: Values, bench: Values) -> float:
    """Evidence from which on a value is an anomaly; known before the value."""
    rate = bench[RATE]
    if rate <= 0.0:
        return bench[LEVEL]
    guess = bench[LEVEL] + own_length(row) + math.log10(SHIPPED_RATE / rate)
    blocks = row[BLOCKS]
    level = guess
    if blocks > 0.0:
        known = quantile(row, int(min(blocks, PEAKS_MOST)), rate * BLOCK)
        trusted = min(blocks, PEAKS_MOST)
        level = (TRUST * guess + trusted * known) / (TRUST + trusted)
    return max(level + row[FEEDBACK], LOWEST)


@part
def quantile(row: Values, n: int, share: float) -> float:
    """Evidence that this share of blocks exceeds."""
    over = share * (n + 1)
    fewest = min(max(n / 5.0, FEWEST_OVER), float(n))
    if over >= fewest or n < 2:
        return row[PEAKS_SORTED + max(n - max(int(over), 1), 0)]
    tail = int(fewest)
    begin = row[PEAKS_SORTED + n - tail]
    excess = 0.0
    for i in range(n - tail, n):
        excess += row[PEAKS_SORTED + i] - begin
    return begin + excess / tail * math.log(fewest / over)


@part
def learn_level(row: Values, bench: Values, e: float, level: float) -> None:
    """Learn the evidence of a value that was held against `level`."""
    now = row[COUNT] + 1.0
    if bench[RATE] > 0.0:
        learn_rate(row, bench, e, level, now)
        return
    row[HABIT] *= HABIT_KEPT
    held = row[CANDIDATE_AT] > 0.0 and now - row[CANDIDATE_AT] <= bench[HOLD]
    if e > 0.0 and (not held or e > row[CANDIDATE]):
        row[HABIT] += e - (row[CANDIDATE] if held else 0.0)
        row[CANDIDATE] = e
        row[CANDIDATE_AT] = now


@part
def learn_rate(row: Values, bench: Values, e: float, level: float, now: float) -> None:
    """Feed the measured rate back, and the largest evidence of a block that has ended."""
    feedback = row[FEEDBACK] - STEP * bench[RATE]
    if e >= level:
        if row[ALARM_AT] == 0.0 or now - row[ALARM_AT] > bench[HOLD]:
            feedback += STEP
        row[ALARM_AT] = now
    row[FEEDBACK] = min(max(feedback, MOST_DOWN), MOST_UP)
    row[BLOCK_PEAK] = max(row[BLOCK_PEAK], e)
    if int(now - WARMUP) % BLOCK == 0:
        n = int(row[BLOCKS])
        place = n % PEAKS_MOST
        peak = row[BLOCK_PEAK]
        if n < PEAKS_MOST:
            insert(row, PEAKS_SORTED, n, peak)
        else:
            replace(row, PEAKS_SORTED, PEAKS_MOST, row[PEAKS + place], peak)
        row[PEAKS + place] = peak
        row[BLOCKS] = n + 1.0
        row[BLOCK_PEAK] = 0.0
