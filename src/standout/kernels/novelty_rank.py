"""Rank evidence: how few of a stream's earlier distances were as large as this one.

Distances are counted in a histogram, nine bins an octave, kept as a Fenwick tree: a rank costs
eleven additions. Bins are relative to the first distance that was counted, so that scaling a
series by a power of two moves nothing, and any other factor no more than rounding does.
"""

from __future__ import annotations

import math

import numpy as np

from standout.kernels.jit import part
from standout.kernels.novelty_layout import (
    BINS,
    COUNTERS,
    ERROR,
    ERROR_MEMORY,
    MEMORY,
    MIDDLE,
    OUTSIDE,
    PER_OCTAVE,
    RECORD,
    TOTAL,
    UNIT,
)
from standout.types import Values

NO_EVIDENCE = -3.0
MOST_MARGIN = 20.0
"""Decades over the record that are told apart."""
OUTSIDE_MOST = 200
"""Distances in a row without a bin of their own, after which the histogram begins anew."""


@part
def bin_of(row: Values, which: int, d: float) -> int:
    """Bin of a distance: 0 for none, else 1 to 1,199, where the ends are open."""
    if d <= 0.0:
        return 0
    unit = row[UNIT + which]
    mantissa, octave = math.frexp(d) if unit == 0.0 else math.frexp(float(d) / float(unit))
    if not mantissa > 0.0:
        return 1
    if not math.isfinite(mantissa):
        return BINS - 1
    place = MIDDLE + PER_OCTAVE * octave + int((mantissa - 0.5) * (2 * PER_OCTAVE))
    return min(max(place, 1), BINS - 1)


@part
def at_least(row: Values, which: int, place: int) -> float:
    """Count the distances in this bin and in those above."""
    begin = COUNTERS + which * (BINS // 2)
    tree = row[begin : begin + BINS // 2].view(np.float32)
    above = row[TOTAL + which]
    i = place
    while i > 0:
        above -= tree[i - 1]
        i &= i - 1
    return max(above, 0.0)


@part
def evidence(row: Values, which: int, d: float) -> float:
    """Evidence of a distance: 0.5 log10(n + 1) - log10(rank); over the record, the margin too.

    A p-value would weigh with log10(n + 1). With half of it the expected number of alarms grows
    with the square root of a stream's length, until `MEMORY` makes it a rate.
    """
    total = row[TOTAL + which]
    if math.isnan(d) or total <= 0.0:
        return NO_EVIDENCE
    length = 0.5 * math.log10(total + 1.0)
    record = row[RECORD + which]
    if record > 0.0 and d > record:
        return length + min(math.log10(float(d) / float(record)), MOST_MARGIN)
    return length - math.log10(at_least(row, which, bin_of(row, which, d)) + 1.0)


@part
def count_distance(row: Values, which: int, d: float) -> None:
    """Count a distance; one that is infinite or nan is not."""
    if not math.isfinite(d):
        return
    begin = COUNTERS + which * (BINS // 2)
    tree = row[begin : begin + BINS // 2].view(np.float32)
    if d > 0.0 and row[UNIT + which] == 0.0:
        row[UNIT + which] = d
    place = bin_of(row, which, d)
    row[OUTSIDE + which] = row[OUTSIDE + which] + 1.0 if place in (1, BINS - 1) else 0.0
    if row[OUTSIDE + which] > OUTSIDE_MOST:
        # The unit was an accident of the start: nothing that comes can be told apart by it.
        tree[:] = np.float32(0.0)
        row[TOTAL + which] = row[RECORD + which] = row[OUTSIDE + which] = 0.0
        row[UNIT + which] = d
        place = bin_of(row, which, d)
    i = place + 1
    while i <= BINS:
        tree[i - 1] += np.float32(1.0)
        i += i & -i
    row[TOTAL + which] += 1.0
    row[RECORD + which] = max(row[RECORD + which], d)
    if row[TOTAL + which] >= (ERROR_MEMORY if which == ERROR else MEMORY):
        row[TOTAL + which] *= 0.5
        for k in range(BINS):
            tree[k] *= np.float32(0.5)


@part
def distance_over(row: Values, which: int, rank: float) -> float:
    """Return a distance that at most `rank` of the counted ones reach: an edge between bins."""
    begin = COUNTERS + which * (BINS // 2)
    tree = row[begin : begin + BINS // 2].view(np.float32)
    below = row[TOTAL + which] - rank
    place = 0
    step = 1024
    while step > 0:
        after = place + step
        if after <= BINS and tree[after - 1] < below:
            below -= tree[after - 1]
            place = after
        step >>= 1
    # Bins 0 to `place` hold all but `rank`; the edge is where the next one begins.
    if place == 0:
        return 0.0
    octave = (place + 1 - MIDDLE) // PER_OCTAVE
    ninth = place + 1 - MIDDLE - octave * PER_OCTAVE
    return min(
        row[RECORD + which],
        row[UNIT + which] * math.ldexp(0.5 + ninth / (2.0 * PER_OCTAVE), octave),
    )
