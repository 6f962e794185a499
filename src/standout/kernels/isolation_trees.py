"""Isolation trees over rows with many features, grown and walked as complete trees.

A tree of height h has 2**h - 1 places for splits and 2**h leaves, in heap order: the children of
place i are 2 i + 1 and 2 i + 2. A branch that ends early is filled up with splits at infinity,
which send every row to the left. Walking it then takes exactly h steps and no decision that a
processor would have to guess: the next place is computed, not branched to. That is twice as fast
as following pointers, and 255 splits take 2.6 KB, so that one tree stays in the fastest cache
while a block of rows passes.

As in scikit-learn a node draws one of the features that vary in it, then a cut uniformly between
its lowest and highest value; the left child takes what is not above the cut. A leaf's path is its
depth plus the mean depth of a tree on the rows left in it.

F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from standout.kernels.forest import WEYL, WORD, mean_depth, mix
from standout.kernels.jit import kernel, part
from standout.kernels.prefetch import prefetch
from standout.types import Batch, Counts, Scores, Values

AHEAD = 16
"""Rows of a sample that are asked for before they are needed: they lie all over the table."""

BLOCK = 64
"""Rows that pass one tree together: few enough to stay in the fastest cache beside it."""

Place: TypeAlias = np.uintp
"""A place in a tree; unsigned, since numba would otherwise test each index for being negative."""

ROOT, ONE, TWO, THREE = np.uintp(0), np.uintp(1), np.uintp(2), np.uintp(3)

MEAN_DEPTH = np.array([mean_depth(n) for n in range(4097)])
"""c(n) for the rows that a leaf may hold."""


@part
def _draw_rows(rows: Counts, n: int, table: Counts, draw: int) -> int:
    """Fill `rows` with distinct numbers below `n`, by Floyd's method over a small hash table.

    The length of `table` is a power of two, and more than `rows` has.
    """
    m = len(rows)
    table[:] = -1
    last = len(table) - 1
    for i in range(m):
        top = n - m + i
        draw = (draw + WEYL) & WORD
        high = mix(draw)
        draw = (draw + WEYL) & WORD
        # 52 bits, so that tables of billions of rows are drawn from evenly, too.
        unit = (high * 1048576.0 + (mix(draw) >> 12)) / 4503599627370496.0
        chosen = min(int(unit * (top + 1)), top)
        for attempt in range(2):
            place = mix(chosen & WORD) & last
            while table[place] != -1 and table[place] != chosen:
                place = (place + 1) & last
            if table[place] == -1:
                table[place] = chosen
                rows[i] = chosen
                break
            if attempt == 0:
                chosen = top  # drawn before, and `top` cannot have been
    return draw


@part
def _find_split(
    bench: Batch, order: Counts, begin: int, end: int, features: Counts, draw: int, cut: Values
) -> tuple[int, int]:
    """Draw a feature that varies among rows ``[begin, end)`` and a cut; -1 where none varies."""
    left = len(features)
    while left > 0:
        draw = (draw + WEYL) & WORD
        pick = (mix(draw) * left) >> 32
        feature = features[pick]
        lowest = bench[feature, order[begin]]
        highest = lowest
        for i in range(begin + 1, end):
            x = bench[feature, order[i]]
            lowest = min(lowest, x)
            highest = max(highest, x)
        if lowest < highest:
            draw = (draw + WEYL) & WORD
            unit = mix(draw) / 4294967296.0
            # Not lowest + unit * (highest - lowest), whose difference may overflow.
            found = lowest * (1.0 - unit) + highest * unit
            cut[0] = found if lowest <= found < highest else lowest
            return feature, draw
        left -= 1
        features[pick] = features[left]
        features[left] = feature
    return -1, draw


@part
def _fill_up(
    feature: NDArray[np.uint16], threshold: Values, path: Values, node: int, found: float
) -> int:
    """End a branch at `node`: splits at infinity below it. Return the leaf that rows reach."""
    places = len(threshold)
    first, last = node, node
    while first < places:
        for i in range(first, last + 1):
            feature[i] = 0
            threshold[i] = np.inf
        first, last = 2 * first + 1, 2 * last + 2
    for i in range(first, last + 1):
        path[i - places] = found
    return first - places


@kernel
def grow(
    X: Batch,
    fill: Values,
    keys: Counts,
    rows_a_tree: int,
    height: int,
    feature: NDArray[np.uint16],
    threshold: Batch,
    path: Batch,
    count: NDArray[np.int32],
) -> None:
    """Grow one tree a key, each on its own draw of rows without replacement.

    Parameters
    ----------
    X
        Rows, shape ``(n, d)``; nan is replaced.
    fill
        What replaces a missing value of each feature, shape ``(d,)``.
    keys
        One number below 2**32 a tree, which decides its draws; shape ``(trees,)``.
    rows_a_tree, height
        Rows that a tree sees, at most `n`; its height limit.
    feature, threshold
        Filled with the splits, shape ``(trees, 2**height - 1)``.
    path, count
        Filled with each leaf's path length and number of training rows, shape
        ``(trees, 2**height)``.

    Notes
    -----
    O(trees · rows_a_tree · height) time; the rest of the table is not read.
    """
    n, d = X.shape
    m = rows_a_tree
    flat = X.reshape(-1)
    bench = np.empty((d, m))
    rows = np.empty(m, np.int64)
    order = np.empty(m, np.int64)
    other = np.empty(m, np.int64)
    slots = 4
    while slots < 4 * m:
        slots *= 2
    table = np.empty(slots, np.int64)
    features = np.arange(d)
    cut = np.empty(1)
    stack = np.empty((height + 2, 4), np.int64)
    for tree in range(len(keys)):
        draw = _draw_rows(rows, n, table, mix(keys[tree]))
        for i in range(m):
            order[i] = i
            prefetch(flat, d, rows[min(i + AHEAD, m - 1)])
            for f in range(d):
                x = X[rows[i], f]
                bench[f, i] = fill[f] if np.isnan(x) else x
        count[tree] = 0
        stack[0] = np.array([0, 0, m, 0])
        waiting = 1
        while waiting > 0:
            waiting -= 1
            node, begin, end, depth = stack[waiting]
            chosen = -1
            if depth < height and end - begin > 1:
                chosen, draw = _find_split(bench, order, begin, end, features, draw, cut)
            if chosen < 0:
                found = depth + MEAN_DEPTH[end - begin]
                leaf = _fill_up(feature[tree], threshold[tree], path[tree], node, found)
                count[tree, leaf] = end - begin
                continue
            feature[tree, node] = chosen
            split = cut[0]
            threshold[tree, node] = split
            middle, right = begin, 0
            for i in range(begin, end):
                # Written to both sides and counted on one: half of all guesses would be wrong.
                row = order[i]
                left = bench[chosen, row] <= split
                order[middle] = row
                other[right] = row
                middle += left
                right += not left
            for i in range(right):
                order[middle + i] = other[i]
            stack[waiting] = np.array([2 * node + 2, middle, end, depth + 1])
            stack[waiting + 1] = np.array([2 * node + 1, begin, middle, depth + 1])
            waiting += 2


@part
def _step(block: Batch, row: Place, splits: NDArray[np.uint16], cuts: Values, node: Place) -> Place:
    """Return the child of a place that a row goes to."""
    right = block[row, np.uintp(splits[node])] > cuts[node]
    return TWO * node + ONE + np.uintp(right)


@kernel
def mean_path(
    X: Batch,
    fill: Values,
    feature: NDArray[np.uint16],
    threshold: Batch,
    path: Batch,
    out: Scores,
) -> None:
    """Write the mean path length of each row over the trees into `out`.

    Parameters
    ----------
    X
        Rows, shape ``(n, d)``; nan is replaced by `fill`, shape ``(d,)``.
    feature, threshold, path
        The trees, as `grow` makes them.
    out
        Shape ``(n,)``.

    Notes
    -----
    O(n · trees · height) time, O(`BLOCK` · d) memory: it may run in many threads at once.
    """
    n, d = X.shape
    trees = len(threshold)
    places = np.uintp(threshold.shape[1])
    height = 0
    while (1 << height) <= threshold.shape[1]:
        height += 1
    block = np.empty((BLOCK, d))
    total = np.empty(BLOCK)
    for start in range(0, n, BLOCK):
        rows = min(BLOCK, n - start)
        for i in range(rows):
            total[i] = 0.0
            for f in range(d):
                x = X[start + i, f]
                block[i, f] = fill[f] if np.isnan(x) else x
        for tree in range(trees):
            splits, cuts, paths = feature[tree], threshold[tree], path[tree]
            for i in range(0, rows - 3, 4):
                # Four at once: each step waits for the one before it, but not for other rows.
                a = b = c = e = ROOT
                row = np.uintp(i)
                for _ in range(height):
                    a = _step(block, row, splits, cuts, a)
                    b = _step(block, row + ONE, splits, cuts, b)
                    c = _step(block, row + TWO, splits, cuts, c)
                    e = _step(block, row + THREE, splits, cuts, e)
                total[i] += paths[a - places]
                total[i + 1] += paths[b - places]
                total[i + 2] += paths[c - places]
                total[i + 3] += paths[e - places]
            for i in range(rows // 4 * 4, rows):
                a = ROOT
                for _ in range(height):
                    a = _step(block, np.uintp(i), splits, cuts, a)
                total[i] += paths[a - places]
        for i in range(rows):
            out[start + i] = total[i] / trees


@kernel
def path_shares(
    X: Batch,
    fill: Values,
    feature: NDArray[np.uint16],
    threshold: Batch,
    value: Batch,
    out: Batch,
) -> None:
    """Add up by how much the splits on each feature shorten the paths of each row.

    Parameters
    ----------
    X, fill, feature, threshold
        As in `mean_path`.
    value
        Mean path length of the training rows under each place, leaves last; shape
        ``(trees, 2**(height + 1) - 1)``.
    out
        Filled with the mean shortening, in splits; negative where a feature lengthens the path.
        Over all features it sums to the mean path of the training rows less the row's own; shape
        ``(n, d)``.
    """
    n, d = X.shape
    trees, places = threshold.shape
    x = np.empty(d)
    for row in range(n):
        for f in range(d):
            x[f] = fill[f] if np.isnan(X[row, f]) else X[row, f]
            out[row, f] = 0.0
        for tree in range(trees):
            node = 0
            while node < places:
                f = feature[tree, node]
                child = 2 * node + 2 if x[f] > threshold[tree, node] else 2 * node + 1
                out[row, f] += value[tree, node] - value[tree, child]
                node = child
        for f in range(d):
            out[row, f] /= trees
