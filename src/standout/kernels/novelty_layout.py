"""One stream's packed novelty state: a row of float64 words, so that one argument carries it all.

======================  =====================================================================
words                   meaning
======================  =====================================================================
HEADER                  counters, means, levels; named below
SKETCH                  values that stand for all that were seen, ascending, then when each was
                        last met
PEAKS                   the largest evidence of each of the newest blocks: a ring, then ascending
COUNTERS                a histogram of past distances for each part, as Fenwick trees of float32
RESERVOIR               a random sample of past values
SHAPES                  for each kind of subsequence its points in order of time (for pairs these
                        are the values themselves), then the subsequences' means
======================  =====================================================================

Without shapes (the cheap variant) a state ends after the counters of the first two parts. All zero
is a stream that has seen nothing.
"""

from __future__ import annotations

import numpy as np

WARMUP = 150
"""Values before the first score: with fewer, a rank says nothing."""
MEMORY = 20_000
"""Distances after which all count half, and values after which one not met again is forgotten."""
ERROR_MEMORY = 1_000
"""The same for the forecast's errors: a range should follow what forecasts are worth now."""

RANKS = 11
VALUE, ERROR, PAIR, STEP, SHAPE_32, SHAPE_64, SHAPE_128, SHAPE_512 = range(8)
"""Distances that are ranked; the error of the forecast only for the expected range."""
NEXT_32, NEXT_64, NEXT_128 = range(8, RANKS)
"""Distances from what followed the nearest neighbour of what came before."""
CORE_RANKS = 2

KINDS = 5
PAIRS, K32, K64, K128, K512 = range(KINDS)
"""Kinds of subsequences: pairs of values, then shapes over 32, 64, 128 and 512 rows."""
FORESEEN = 3
"""The kinds after the pairs whose continuation is compared, too."""
SPANS = np.array([2, 8, 32, 8, 8])
"""Points of a subsequence."""
AVERAGED = np.array([1, 4, 2, 16, 64])
"""Rows that a point is the mean of, and rows between two points."""
HOPS = np.array([1, 2, 1, 8, 32])
"""Rows between the ends of two subsequences."""
STRIDES = np.array([1, 2, 2, 2, 2])
"""Places between two points of a subsequence."""
DELAYS = np.array([2, 16, 64, 16, 16])
"""Places until a subsequence can be met again: those that overlap are no neighbours."""
KEPT = np.array([2000, 1000, 1000, 4000, 1000])
"""Subsequences that are searched; of 128 rows more, since a search every eighth row is cheap."""
NEEDED = DELAYS + KEPT + (SPANS - 1) * STRIDES
"""Places that a search reads."""
SLACK = 256
PLACES = NEEDED + SLACK
"""Places of a buffer; once it is full, the newest part is moved to its front."""

BINS = 1200
"""Places of a histogram: one for 0, then nine an octave."""
PER_OCTAVE = 9
MIDDLE = 600

COUNT = 0
"""Values learnt so far; missing ones do not count."""
SKETCH_SIZE = 1
SMOOTH = 2
"""Exponentially weighted mean of the values: the plain forecast."""
SMOOTH_ERROR, NEAR_ERROR = 3, 4
"""Mean errors of the plain forecast and of the one from the nearest neighbour."""
NEAR_ERRORS = 5
"""How many entered the latter."""
CANDIDATE, CANDIDATE_AT = 6, 7
"""Evidence of the latest candidate for an alarm, and its place in the count, from 1."""
HABIT = 8
"""Evidence of recent candidates together: what a stream is used to."""
BLOCK_PEAK = 9
"""Largest calibrated evidence in the block that is being filled."""
BLOCKS = 10
ALARM_AT = 11
"""Place in the count of the newest row over the level, from 1."""
FEEDBACK = 12
"""What the measured rate has added to the calibrated level."""

TOTAL = 16
"""The first of `RANKS` words: distances counted."""
RECORD = TOTAL + RANKS
"""The largest distance so far."""
UNIT = RECORD + RANKS
"""The distance that the histogram's bins are relative to; 0 before there is one."""
OUTSIDE = UNIT + RANKS
"""Distances in a row for which the histogram had no bin of their own."""

FILLED = OUTSIDE + RANKS
"""The first of `KINDS` words: places filled in the buffers."""
WINDOWS = FILLED + KINDS
"""Subsequences so far."""
LATEST = WINDOWS + KINDS
"""Distance of the newest from its nearest neighbour; nan while there are too few."""
NEAREST = LATEST + KINDS
"""Places from that neighbour to the newest; 0 is none."""
NEAREST_BEFORE = NEAREST + KINDS
"""The same for the subsequence before it."""
FOLLOWED = NEAREST_BEFORE + KINDS
"""Distance of the newest point from the one that was foreseen; nan is none."""
RATIOS = KINDS + 1
"""Predictability is measured for each kind, and in the last place for steps."""
STEPS = KINDS
NEAR_MEAN = FOLLOWED + KINDS
"""The first of `RATIOS` words: mean distance from the nearest."""
CHANCE_MEAN = NEAR_MEAN + RATIOS
"""Mean distance from a random one."""
TURNS = CHANCE_MEAN + RATIOS
"""How many entered these means."""
STALE = TURNS + RATIOS
"""Turns in a row that lay far below the mean."""

HEADER = 128
SKETCH_MOST = 256
SKETCH = HEADER
SKETCH_TIMES = SKETCH + SKETCH_MOST + 1
PEAKS_MOST = 256
PEAKS = SKETCH_TIMES + SKETCH_MOST + 1
PEAKS_SORTED = PEAKS + PEAKS_MOST
COUNTERS = PEAKS_SORTED + PEAKS_MOST
CORE_WORDS = COUNTERS + CORE_RANKS * BINS // 2
"""Words of a state without shapes: 20 kB."""
RESERVOIR_MOST = 256
RESERVOIR = COUNTERS + RANKS * BINS // 2
SHAPES = RESERVOIR + RESERVOIR_MOST
POINTS_AT = SHAPES + np.concatenate([[0], np.cumsum(2 * PLACES)[:-1]])
"""Where the points of each kind begin; the means follow them."""
WORDS = int(SHAPES + 2 * PLACES.sum())
"""Words of a whole state: 232 kB."""

VERDICT = 5
"""Columns of a verdict: score, expected, lower, upper, votes as bits."""
VOTERS = 8
"""Value, pair, step, four shapes, and what was foreseen: in the order of their bits."""

# A bank's workbench: its parameters, then what judging a value finds and learning it takes over;
# one argument of a kernel instead of many.
SEED, LEVEL, RATE, HOLD, CORE = range(5)
"""Parameters; the rate is in alarms a row, 0 for none."""
ORDER = 13
"""Evidence of all parts together, for and against: how usual a value is."""
JUDGED, ASKED = 14, 15
"""Evidence of the value, and the evidence from which on it is an anomaly."""
DISTANCE = 16
"""The first of `RANKS` words: distance of each part; nan is none."""
EVIDENCE = DISTANCE + RANKS
FOUND = EVIDENCE + RANKS
"""For each kind: distance, places to the neighbour, distance of a random one."""
POINT = FOUND + 3 * KINDS
"""For each kind: the newest point, then the mean of the newest subsequence."""
PLAIN_FORECAST = POINT + 2 * KINDS
NEAR_FORECAST = PLAIN_FORECAST + 1
SHAPE = 96
"""The newest subsequence, then sums for a chunk of the search."""
SUMS = SHAPE + 32
CHUNK = 128
WORKBENCH = SUMS + CHUNK
