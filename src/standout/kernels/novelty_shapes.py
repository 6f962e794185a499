"""Subsequences: the newest one's distance from its nearest neighbour among those of the past.

A subsequence is a few trailing means, each over `AVERAGED` rows and as many rows apart. Shapes are
compared without their mean, so that a level that moves is no new shape, but with their size:
dividing by the deviation would blow the noise of a flat stretch up to a shape. The search goes
through a chunk of subsequences at once, four points at a time, far apart since neighbouring points
say the same; a chunk is left as soon as none of its sums can become the smallest.
"""

from __future__ import annotations

import math

from standout.kernels.forest import WEYL, WORD, mix
from standout.kernels.jit import part
from standout.kernels.novelty_layout import (
    AVERAGED,
    CHUNK,
    COUNT,
    DELAYS,
    FILLED,
    FOLLOWED,
    FOUND,
    HOPS,
    KEPT,
    KINDS,
    LATEST,
    NEAREST,
    NEAREST_BEFORE,
    NEEDED,
    PAIRS,
    PLACES,
    POINT,
    POINTS_AT,
    SEED,
    SHAPE,
    SPANS,
    STRIDES,
    SUMS,
    WINDOWS,
)
from standout.kernels.novelty_ratio import weigh
from standout.types import Values

FEWEST = 10
"""There must be more subsequences than this before a distance means something."""
AT_ONCE = 4
CLIP = 3.0
"""Mean distances that a single one may enter the mean with: an anomaly is not predictability."""


@part
def find_neighbours(row: Values, bench: Values, x: float) -> None:
    """Write what each kind of subsequence that ends in `x` finds; changes no state."""
    count = int(row[COUNT])
    for kind in range(KINDS):
        found = FOUND + 3 * kind
        bench[found] = row[LATEST + kind] if row[WINDOWS + kind] > 0 else math.nan
        bench[found + 1] = row[NEAREST + kind]
        bench[found + 2] = math.nan
        if count % HOPS[kind] == 0:
            bench[POINT + 2 * kind] = trailing_mean(row, AVERAGED[kind], x)
            bench[POINT + 2 * kind + 1] = 0.0
            bench[found] = math.nan
            bench[found + 1] = 0.0
            if count >= SPANS[kind] * AVERAGED[kind] - 1:
                lay_out(row, bench, kind)
                search(row, bench, kind, count)


@part
def trailing_mean(row: Values, n: int, x: float) -> float:
    """Mean of `x` and the values before it, `n` in all, or as many as there are."""
    last = POINTS_AT[PAIRS] + int(row[FILLED + PAIRS])
    n = min(n, int(row[COUNT]) + 1)
    total = 0.0
    # Relative to x, so that the mean of equal values is that value to the bit.
    for i in range(1, n):
        total += row[last - i] - x
    return x + total / n


@part
def lay_out(row: Values, bench: Values, kind: int) -> None:
    """Write the newest subsequence, and its mean, which is 0 for pairs: they keep their level."""
    here = POINTS_AT[kind] + int(row[FILLED + kind])
    newest = bench[POINT + 2 * kind]
    bench[SHAPE] = newest
    total = 0.0
    for j in range(1, SPANS[kind]):
        bench[SHAPE + j] = row[here - j * STRIDES[kind]]
        total += bench[SHAPE + j] - newest
    mean = newest + total / SPANS[kind] if kind != PAIRS else 0.0
    bench[POINT + 2 * kind + 1] = mean
    for j in range(SPANS[kind]):
        bench[SHAPE + j] -= mean


@part
def search(row: Values, bench: Values, kind: int, count: int) -> None:
    """Find the nearest neighbour of the newest subsequence, and its distance from a random one."""
    here = int(row[FILLED + kind])
    last = here - DELAYS[kind]
    visible = min(int(row[WINDOWS + kind]) - DELAYS[kind] + 1, KEPT[kind])
    if visible <= FEWEST:
        return
    first = last - visible + 1
    span, stride = SPANS[kind], STRIDES[kind]
    middle = POINTS_AT[kind] + PLACES[kind]
    points = row[POINTS_AT[kind] : middle]
    means = row[middle : middle + PLACES[kind]]
    # What follows the last neighbour is often the next one: with it most chunks end early.
    nearest = last
    if row[NEAREST + kind] > 0.0:
        nearest = min(max(here - int(row[NEAREST + kind]), first), last)
    least = squares(points, means, bench, nearest, span, stride)
    if math.isnan(least):
        least = math.inf
    sums = bench[SUMS : SUMS + CHUNK]
    end = last + 1
    while end > first:
        begin = max(end - CHUNK, first)
        if scan(points, means, bench, sums, begin, end - begin, span, stride, least):
            for i in range(end - begin - 1, -1, -1):
                if sums[i] < least:
                    least = sums[i]
                    nearest = begin + i
        end = begin
    draw = mix(mix(int(bench[SEED]) + kind * WEYL) + (count & WORD))
    other = first + ((draw * visible) >> 32)
    found = FOUND + 3 * kind
    bench[found] = math.sqrt(least / span)
    bench[found + 1] = here - nearest
    bench[found + 2] = math.sqrt(squares(points, means, bench, other, span, stride) / span)


@part
def squares(
    points: Values, means: Values, bench: Values, place: int, span: int, stride: int
) -> float:
    """Sum of the squared differences from one subsequence, in the order in which `scan` adds."""
    total = 0.0
    level = means[place]
    if span < AT_ONCE:
        for j in range(span):
            difference = bench[SHAPE + j] - (points[place - j * stride] - level)
            total += difference * difference
        return total
    apart = span // AT_ONCE
    for j in range(apart):
        quarter = 0.0
        for k in range(AT_ONCE):
            at = j + k * apart
            difference = bench[SHAPE + at] - (points[place - at * stride] - level)
            quarter += difference * difference
        total += quarter
    return total


@part
def scan(
    points: Values,
    means: Values,
    bench: Values,
    sums: Values,
    begin: int,
    width: int,
    span: int,
    stride: int,
    least: float,
) -> bool:
    """Sum the squared differences from a chunk; false if none can come below `least`."""
    level = means[begin : begin + width]
    for i in range(width):
        sums[i] = 0.0
    if span < AT_ONCE:
        for j in range(span):
            point = bench[SHAPE + j]
            past = points[begin - j * stride : begin - j * stride + width]
            for i in range(width):
                difference = point - (past[i] - level[i])
                sums[i] += difference * difference
        return True
    apart = span // AT_ONCE
    far = apart * stride
    for j in range(apart):
        p0, p1 = bench[SHAPE + j], bench[SHAPE + j + apart]
        p2, p3 = bench[SHAPE + j + 2 * apart], bench[SHAPE + j + 3 * apart]
        at = begin - j * stride
        past0 = points[at : at + width]
        past1 = points[at - far : at - far + width]
        past2 = points[at - 2 * far : at - 2 * far + width]
        past3 = points[at - 3 * far : at - 3 * far + width]
        near = 0
        for i in range(width):
            d0 = p0 - (past0[i] - level[i])
            d1 = p1 - (past1[i] - level[i])
            d2 = p2 - (past2[i] - level[i])
            d3 = p3 - (past3[i] - level[i])
            sums[i] += ((d0 * d0 + d1 * d1) + d2 * d2) + d3 * d3
            near += sums[i] < least
        if near == 0:
            return False
    return True


@part
def following(row: Values, bench: Values, kind: int) -> float:
    """Distance of the newest point from what followed the neighbour of two places ago."""
    places = int(row[NEAREST_BEFORE + kind])
    if int(row[COUNT]) % HOPS[kind] != 0:
        return row[FOLLOWED + kind] if row[WINDOWS + kind] > 0 else math.nan
    if places == 0:
        return math.nan
    here = POINTS_AT[kind] + int(row[FILLED + kind])
    means = here + PLACES[kind]
    foreseen = row[here - places] - row[means - places - 2] + row[means - 2]
    return abs(bench[POINT + 2 * kind] - foreseen)


@part
def learn_neighbours(row: Values, bench: Values) -> None:
    """Take over what `find_neighbours` wrote."""
    count = int(row[COUNT])
    for kind in range(KINDS):
        if count % HOPS[kind] == 0:
            found = FOUND + 3 * kind
            row[FOLLOWED + kind] = following(row, bench, kind)
            row[NEAREST_BEFORE + kind] = row[NEAREST + kind]
            row[NEAREST + kind] = bench[found + 1]
            row[LATEST + kind] = bench[found]
            weigh(row, kind, bench[found], bench[found + 2], CLIP)
            push(row, bench, kind)
            if count >= SPANS[kind] * AVERAGED[kind] - 1:
                row[WINDOWS + kind] += 1.0


@part
def push(row: Values, bench: Values, kind: int) -> None:
    """Add the newest point and mean; a buffer that is full keeps its newest part, at the front."""
    begin = POINTS_AT[kind]
    middle = begin + PLACES[kind]
    here = int(row[FILLED + kind])
    row[begin + here] = bench[POINT + 2 * kind]
    row[middle + here] = bench[POINT + 2 * kind + 1]
    here += 1
    if here == PLACES[kind]:
        here = NEEDED[kind]
        gone = PLACES[kind] - here
        for i in range(here):
            row[begin + i] = row[begin + gone + i]
            row[middle + i] = row[middle + gone + i]
    row[FILLED + kind] = here
