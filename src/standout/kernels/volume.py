"""The volume under the precision-recall surface: one curve for each width of the buffer."""

from __future__ import annotations

import numpy as np

from standout.kernels.jit import kernel, part
from standout.types import Counts, Values


@part
def _accumulate(
    n: int, first: Counts, last: Counts, width: int, soft: Values, weights: Values
) -> None:
    """Add to `soft` what each segment gives to the rows within half a width of it."""
    half = width // 2
    for d in range(1, half + 1):
        weights[d] = np.sqrt(1.0 - d / width)
    for k in range(len(first)):
        for d in range(1, half + 1):
            if last[k] + d < n:
                soft[last[k] + d] += weights[d]
            if first[k] - d >= 0:
                soft[first[k] - d] += weights[d]


@part
def _collect(
    n: int,
    first: Counts,
    last: Counts,
    half: int,
    level: Counts,
    soft: Values,
    gained: Values,
) -> None:
    """Count the buffered mass by the level at which it is flagged, and clear `soft`."""
    for k in range(len(first)):
        for row in range(max(first[k] - half, 0), first[k]):
            gained[level[row]] += min(soft[row], 1.0)
            soft[row] = 0.0
        for row in range(last[k] + 1, min(last[k] + half + 1, n)):
            gained[level[row]] += min(soft[row], 1.0)
            soft[row] = 0.0


@part
def _zones(first: Counts, last: Counts, half: int, earliest: Counts, hits: Counts) -> int:
    """Count the zones by the level at which they are first hit; buffers that touch are one."""
    zones = 0
    best = 0
    for k in range(len(first)):
        if k > 0 and last[k - 1] + half < first[k] - half:
            hits[best] += 1
            best = earliest[k]
        else:
            best = earliest[k] if k == 0 else min(best, earliest[k])
        if k == 0 or last[k - 1] + half < first[k] - half:
            zones += 1
    hits[best] += 1
    return zones


@part
def _area(
    anomalous: Values, gained: Values, hits: Counts, zones: int, flagged: Counts, rows: int
) -> float:
    """Return the average precision over the levels, from the highest threshold down."""
    inside = 0.0
    buffered = 0.0
    hit = 0
    area = 0.0
    before = 0.0
    for j in range(len(flagged)):
        inside += anomalous[j]
        buffered += gained[j]
        hit += hits[j]
        found = inside + buffered
        recall = min(found / (rows + buffered / 2.0), 1.0) * hit / zones
        area += (recall - before) * found / flagged[j]
        before = recall
    return area


@kernel
def volume(
    first: Counts, last: Counts, level: Counts, flagged: Counts, width: int, curves: Values
) -> None:
    """Fill in the area under the curve for each width of the buffer from 0 to `width`.

    Parameters
    ----------
    first, last
        First and last row of each labelled segment, at least one; shape ``(k,)``.
    level
        The highest threshold, from 0, that flags the row; shape ``(n,)``.
    flagged
        Rows that each threshold flags; shape ``(thresholds,)``.
    curves
        Shape ``(width + 1,)``.
    """
    n = len(level)
    thresholds = len(flagged)
    soft = np.zeros(n)
    weights = np.zeros(width // 2 + 1)
    anomalous = np.zeros(thresholds)
    earliest = np.empty(len(first), np.int64)
    rows = 0
    for k in range(len(first)):
        earliest[k] = thresholds - 1
        for row in range(first[k], last[k] + 1):
            anomalous[level[row]] += 1.0
            earliest[k] = min(earliest[k], level[row])
            rows += 1
    gained = np.empty(thresholds)
    hits = np.empty(thresholds, np.int64)
    for w in range(width + 1):
        half = w // 2
        for k in range(len(first)):
            earliest[k] = min(earliest[k], level[max(first[k] - half, 0)])
            earliest[k] = min(earliest[k], level[min(last[k] + half, n - 1)])
        gained[:] = 0.0
        hits[:] = 0
        _accumulate(n, first, last, w, soft, weights)
        # A buffer that runs over the next segment gives nothing more to rows that have it all.
        for k in range(len(first)):
            for row in range(first[k], last[k] + 1):
                soft[row] = 0.0
        _collect(n, first, last, half, level, soft, gained)
        zones = _zones(first, last, half, earliest, hits)
        curves[w] = _area(anomalous, gained, hits, zones, flagged, rows)
