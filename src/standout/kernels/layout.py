"""One stream's packed state: a row of float64 words, so that one argument carries it all.

======================  =====================================================================
words                   meaning
======================  =====================================================================
0 to 15                 counters and moments, named below
16 to 127               the isolation forest: per tree the lowest value and the inverse step of
                        its 16-bit codes, then all cuts (uint16), then all leaves (uint8)
128 to 127 + w          the window as a ring, in order of arrival
128 + w to 127 + 2 w    the window in ascending order
======================  =====================================================================

A window of 100 takes 2,624 bytes. All zero is a stream that has seen nothing.
"""

from __future__ import annotations

COUNT = 0
"""Values learnt so far; missing ones do not count."""
HEAD = 1
"""Place in the ring that the next value takes."""
ANCHOR = 2
"""A value near the window's mean; the moments are kept relative to it."""
MEAN = 3
"""Mean of the window minus the anchor."""
M2 = 4
"""Sum of squared deviations from the mean over the window."""
PEAK = 5
"""Largest `M2` since it was last summed afresh: how much rounding it may carry."""
EWMA = 6
"""Exponentially weighted moving average of all values."""
EWMA_VAR = 7
"""Exponentially weighted mean square of the values' distances from it, each before it moved."""
MA = 8
"""Mean of the newest values."""
MA_VAR = 9
"""Exponentially weighted mean square of the values' distances from it, each before it moved."""
FOREST_LOWER = 10
"""Every value below is isolated by the forest."""
FOREST_UPPER = 11
"""Every value above is isolated by the forest."""

TREES = 8
SAMPLE = 30
"""Values a tree is built on; also the longest warm-up."""
CUTS = 32
"""Places for the cuts of a tree: at most 31, and the last tells how many there are."""
LEAVES = 32

TREE_LOW = 16
TREE_STEP = TREE_LOW + TREES
TREE_CUTS = TREE_STEP + TREES
TREE_LEAVES = TREE_CUTS + TREES * CUTS // 4
RING = TREE_LEAVES + TREES * LEAVES // 8
"""Where the ring begins; the sorted window begins `w` words later."""

VERDICT = 5
"""Columns of a verdict: score, expected, lower, upper, votes as bits."""

# A bank's workbench: its parameters, one verdict, and room to build a tree in; one argument of a
# kernel instead of three, since each array costs a call some 50 ns.
Z_LIMIT, FENCE, ALPHA, EWMA_LIMIT, SPAN, MA_LIMIT, ISOLATION, SEED = range(8)
"""Parameters, as `standout.detectors.online.vote` names and explains them."""
DECIDER = 8
"""Whose strength becomes the score: 0 is the median of all, 1 to 5 is that voter alone."""
GAIN, PATH_LIMIT, PATH_TO_LOG = range(9, 12)
"""Worked out from them: least gain of the variances; a path sum that isolates; log score a path."""
ONE_VERDICT = 16
SCRATCH = 32
WORKBENCH = SCRATCH + SAMPLE + 4 * 8
"""Words of the workbench: a sample, and a stack of nodes no deeper than the height limit."""


def row_words(window: int) -> int:
    """Words of one stream's state."""
    return RING + 2 * window


def warmup(window: int) -> int:
    """Values that must be learnt before the first score."""
    return min(window, SAMPLE)
