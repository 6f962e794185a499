"""An isolation forest on the window, of which one tree at a time is built anew.

In one dimension a tree is a step function: ascending cuts, and a path length between each two.
A tree is built on a sub-sample of the window, stratified by rank (one value of each of 30 equal
strata: drawn without a branch, already sorted, and with less variance than simple sampling),
scaled to 16-bit codes between its lowest and highest value. Cuts are drawn uniformly between the
lowest and highest code of a node, down to a height of log2(30); a leaf's path length is its depth
plus the mean depth of a tree on the values left in it. Five uniform cuts cannot tell apart what
differs by less than a 65,535th of the range, so the codes lose nothing, and a tree takes 112
bytes instead of 384: ten thousand streams stay in the processor's cache.

F. T. Liu, K. M. Ting, Z.-H. Zhou, "Isolation Forest", ICDM 2008.
"""

from __future__ import annotations

import math

import numpy as np

from standout.kernels.jit import part
from standout.kernels.layout import (
    CUTS,
    FOREST_LOWER,
    FOREST_UPPER,
    LEAVES,
    RING,
    SAMPLE,
    SCRATCH,
    TREE_CUTS,
    TREE_LEAVES,
    TREE_LOW,
    TREE_STEP,
    TREES,
)
from standout.types import Values

EULER = 0.5772156649015329
TOP_CODE = 65_535
WORD = 0xFFFFFFFF
WEYL = 0x9E3779B9
HEIGHT = 5
"""Height limit: log2 of the sample, rounded up."""


def mean_depth(n: int) -> float:
    """Mean depth of an unsuccessful search in a binary search tree of `n` values: c(n)."""
    if n <= 1:
        return 0.0
    if n == 2:
        return 1.0
    return 2.0 * (math.log(n - 1) + EULER) - 2.0 * (n - 1) / n


PATH = np.array([d + mean_depth(n) for d in range(HEIGHT + 1) for n in range(SAMPLE + 1)])
"""Path length of a leaf by its code: depth * (SAMPLE + 1) + values left in it."""


@part
def mix(x: int) -> int:
    """Scramble a 32-bit number; products stay below 2**63, so no language wraps them."""
    x &= WORD
    x = (((x >> 16) ^ x) * 0x45D9F3B) & WORD
    x = (((x >> 16) ^ x) * 0x45D9F3B) & WORD
    return (x >> 16) ^ x


@part
def code(x: float, low: float, step: float) -> int:
    """Code of a value in a tree's scale; values beyond the sample take its ends."""
    scaled = (x - low) * step
    if scaled >= TOP_CODE:
        return TOP_CODE
    # Written so that nan, from a range that overflows, is 0 too.
    return int(scaled) if scaled > 0.0 else 0


@part
def build_tree(row: Values, window: int, n: int, tree: int, key: int, bench: Values) -> None:
    """Build one tree on the `n` newest values; `key` decides its random numbers."""
    m = min(SAMPLE, window)
    start = RING + window
    scratch = bench[SCRATCH:]
    draw = mix(key)
    for i in range(m):
        draw = (draw + WEYL) & WORD
        scratch[i] = row[start + (((i << 32) + mix(draw)) * n) // (m << 32)]
    low = scratch[0]
    spread = scratch[m - 1] - low
    step = TOP_CODE / spread if spread > 0.0 else 0.0
    row[TREE_LOW + tree] = low
    row[TREE_STEP + tree] = step
    for i in range(m):
        scratch[i] = code(scratch[i], low, step)
    cuts = row[TREE_CUTS:TREE_LEAVES].view(np.uint16)[tree * CUTS : (tree + 1) * CUTS]
    leaves = row[TREE_LEAVES:RING].view(np.uint8)[tree * LEAVES : (tree + 1) * LEAVES]
    # Left parts first, so that cuts come out ascending; right parts wait on a stack in scratch.
    waiting = 0
    found = 0
    begin, end, depth = 0, m, 0
    while True:
        while depth < HEIGHT and scratch[begin] < scratch[end - 1]:
            draw = (draw + WEYL) & WORD
            first = int(scratch[begin])
            cut = first + ((mix(draw) * (int(scratch[end - 1]) - first)) >> 32)
            middle = begin
            for i in range(begin, end):
                middle += scratch[i] <= cut
            depth += 1
            top = SAMPLE + 4 * waiting
            scratch[top] = middle
            scratch[top + 1] = end
            scratch[top + 2] = depth
            scratch[top + 3] = cut
            waiting += 1
            end = middle
        leaves[found] = depth * (SAMPLE + 1) + end - begin
        if waiting == 0:
            break
        waiting -= 1
        top = SAMPLE + 4 * waiting
        begin, end = int(scratch[top]), int(scratch[top + 1])
        depth = int(scratch[top + 2])
        cuts[found] = int(scratch[top + 3])
        found += 1
    for i in range(found, CUTS - 1):
        cuts[i] = TOP_CODE
    cuts[CUTS - 1] = found


@part
def path_sum(row: Values, x: float) -> float:
    """Sum of the path lengths of `x` over the trees."""
    cuts = row[TREE_CUTS:TREE_LEAVES].view(np.uint16)
    leaves = row[TREE_LEAVES:RING].view(np.uint8)
    total = 0.0
    for tree in range(TREES):
        c = code(x, row[TREE_LOW + tree], row[TREE_STEP + tree])
        base = np.uintp(tree * CUTS)
        # Unsigned, since numba would otherwise test each index for being negative.
        p = np.uintp(16) * np.uintp(cuts[base + np.uintp(15)] < c)
        p += np.uintp(8) * np.uintp(cuts[base + p + np.uintp(7)] < c)
        p += np.uintp(4) * np.uintp(cuts[base + p + np.uintp(3)] < c)
        p += np.uintp(2) * np.uintp(cuts[base + p + np.uintp(1)] < c)
        p += np.uintp(cuts[base + p] < c)
        total += PATH[leaves[base + p]]
    return total


@part
def cut_value(row: Values, tree: int, cut: int) -> float:
    """Lowest value on the right of a cut."""
    return row[TREE_LOW + tree] + (cut + 1) / row[TREE_STEP + tree]


@part
def find_edges(row: Values, limit: float, bench: Values) -> None:
    """Find the values beyond which every value is isolated: path sum at most `limit`.

    Walks inwards over the cuts of all trees at once, from both ends. Where nothing or everything
    is isolated there is no edge, and the forest leaves that side open.
    """
    cuts = row[TREE_CUTS:TREE_LEAVES].view(np.uint16)
    leaves = row[TREE_LEAVES:RING].view(np.uint8)
    scratch = bench[SCRATCH:]
    total = 0.0
    for tree in range(TREES):
        found = int(cuts[tree * CUTS + CUTS - 1])
        scratch[tree] = found
        scratch[TREES + tree] = (
            cut_value(row, tree, cuts[tree * CUTS + found - 1]) if found > 0 else -np.inf
        )
        total += PATH[leaves[tree * LEAVES + found]]
    edge = np.inf
    while total <= limit:
        tree = 0
        for other in range(1, TREES):
            if scratch[TREES + other] > scratch[TREES + tree]:
                tree = other
        edge = scratch[TREES + tree]
        if edge == -np.inf:
            edge = np.inf
            break
        k = int(scratch[tree])
        total += PATH[leaves[tree * LEAVES + k - 1]] - PATH[leaves[tree * LEAVES + k]]
        scratch[tree] = k - 1
        scratch[TREES + tree] = (
            cut_value(row, tree, cuts[tree * CUTS + k - 2]) if k > 1 else -np.inf
        )
    row[FOREST_UPPER] = edge

    total = 0.0
    for tree in range(TREES):
        scratch[tree] = 0
        scratch[TREES + tree] = (
            cut_value(row, tree, cuts[tree * CUTS]) if cuts[tree * CUTS + CUTS - 1] > 0 else np.inf
        )
        total += PATH[leaves[tree * LEAVES]]
    edge = -np.inf
    while total <= limit:
        tree = 0
        for other in range(1, TREES):
            if scratch[TREES + other] < scratch[TREES + tree]:
                tree = other
        edge = scratch[TREES + tree]
        if edge == np.inf:
            edge = -np.inf
            break
        k = int(scratch[tree])
        total += PATH[leaves[tree * LEAVES + k + 1]] - PATH[leaves[tree * LEAVES + k]]
        scratch[tree] = k + 1
        scratch[TREES + tree] = (
            cut_value(row, tree, cuts[tree * CUTS + k + 1])
            if k + 1 < cuts[tree * CUTS + CUTS - 1]
            else np.inf
        )
    row[FOREST_LOWER] = edge
