"""Windows over several channels at once, compared with a bank of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from standout.detectors.series.bank import (
    BLOCK,
    SIZE,
    around,
    covering,
    draw,
    leading_axes,
    packed,
)
from standout.kernels.bank_distance import nearest
from standout.kernels.reconstruction import residuals
from standout.types import Batch, Counts, Values

PARTS = 16
"""Means that each channel of a window is told by."""

_AT_ONCE = 256

CHANNELS = 8
"""Channels beyond these are told by their leading principal scores."""


@dataclass(frozen=True, slots=True)
class JointCompared:
    """What a bank of joint windows says.

    Parameters
    ----------
    distance
        Mean over the windows that cover a row of their distance to the nearest; shape ``(n,)``.
    residual
        Root of the mean squared residual against these neighbours, over all channels; ``(n,)``.
    expected
        What the neighbours have in the place of each value; shape ``(n, d)``.
    """

    distance: Values
    residual: Values
    expected: Batch


def leading_scores(Z: Batch, most: int = CHANNELS) -> Batch:
    """Return channels as they are, or where there are more their leading principal scores."""
    if Z.shape[1] <= most:
        return Z
    _, vectors = np.linalg.eigh(Z.T @ Z)
    scores: Batch = Z @ vectors[:, : -most - 1 : -1]
    return scores


def compare_jointly(
    Z: Batch, width: int, *, centred: bool, seed: int, reconstruct: bool = False
) -> JointCompared:
    """Compare every joint window with a bank of them.

    Parameters
    ----------
    Z
        Standardised channels; shape ``(n, d)``.
    width
        Rows of a window.
    centred
        Whether each channel of a window is taken less its mean.
    seed
        Decides the bank.
    reconstruct
        Whether residuals are wanted; they are zeros otherwise.
    """
    n, d = Z.shape
    last_start = n - width + 1
    shown = _Parts(leading_scores(Z), width, centred)
    starts = draw(n, width, SIZE, seed)
    bank = shown.of(starts)
    axes = leading_axes(bank)
    memory = packed((bank @ axes).astype(np.float32))
    columns = [np.ascontiguousarray(Z[:, c]) for c in range(d)] if reconstruct else []
    levels = [sliding_window_view(x, width)[starts].mean(axis=1) for x in columns]
    distance = np.empty(last_start)
    squares, expected = np.zeros(n), np.zeros((d, n))
    for first in range(0, last_start, BLOCK):
        last = min(first + BLOCK, last_start)
        points = (shown.at(first, last) @ axes).astype(np.float32)
        found, neighbour = np.empty(last - first, np.float32), np.empty(last - first, np.int64)
        limits = around(starts, first, last, max(width, 8))
        nearest(points, memory, *limits, found, neighbour)
        distance[first:last] = found
        for c, x in enumerate(columns):
            residuals(x, width, starts, levels[c], neighbour, first, squares, expected[c])
    counts = covering(n, width)
    return JointCompared(
        spread_over(distance, n, width), np.sqrt(squares / (counts * d)), (expected / counts).T
    )


def spread_over(windows: Values, n: int, width: int) -> Values:
    """Return for each row the mean over the windows that cover it; shape ``(n,)``."""
    sums = np.concatenate([[0.0], np.cumsum(windows)])
    rows = np.arange(n)
    begin = np.maximum(rows - width + 1, 0)
    end = np.minimum(rows + 1, len(windows))
    mean: Values = (sums[end] - sums[begin]) / (end - begin)
    return mean


@dataclass(frozen=True, slots=True)
class _Parts:
    """Means of the parts of joint windows, weighted so that distances are about the windows'."""

    R: Batch
    width: int
    centred: bool

    def at(self, first: int, last: int) -> Batch:
        """Return the windows that start in ``[first, last)``; shape ``(windows, PARTS * d)``."""
        edges = self._edges()
        rows = self.R[first : last + self.width - 1]
        sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
        size = last - first
        level = (sums[self.width : self.width + size] - sums[:size]) / self.width
        found = []
        for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            mean = (sums[end : end + size] - sums[begin : begin + size]) / (end - begin)
            found.append((mean - level if self.centred else mean) * np.sqrt(end - begin))
        return np.concatenate(found, axis=1)

    def of(self, starts: Counts) -> Batch:
        """Return the windows that start at some rows, in that order; shape as of `at`."""
        edges = self._edges()
        sizes = np.diff(edges).astype(np.float64)
        found = []
        for some in np.array_split(starts, -(-len(starts) // _AT_ONCE)):
            windows = self.R[some[:, None] + np.arange(self.width)]
            means = np.add.reduceat(windows, edges[:-1], axis=1) / sizes[:, None]
            if self.centred:
                means -= windows.mean(axis=1, keepdims=True)
            found.append((means * np.sqrt(sizes)[:, None]).reshape(len(some), -1))
        return np.concatenate(found)

    def _edges(self) -> Counts:
        return np.linspace(0, self.width, min(PARTS, self.width) + 1).astype(np.int64)


def cluster_distance(Z: Batch, width: int, *, clusters: int, sample: int, seed: int) -> Values:
    """Return for each row the mean distance of the raw windows over it to the nearest cluster.

    Parameters
    ----------
    Z
        Shape ``(n, d)``.
    width
        Rows of a window.
    clusters, sample
        How many clusters, and the windows that they are found from.
    seed
        Decides the sample and where the clusters begin.
    """
    n, _ = Z.shape
    last_start = n - width + 1
    random = np.random.default_rng([seed, width, clusters])
    starts = random.choice(last_start, min(sample, last_start), replace=False)
    centres = _centres(_windows(Z, np.sort(starts), width), clusters, random)
    distance = np.empty(last_start)
    for first in range(0, last_start, BLOCK):
        last = min(first + BLOCK, last_start)
        squared = _squared(_windows(Z, np.arange(first, last), width), centres)
        distance[first:last] = np.sqrt(squared.min(axis=1))
    return spread_over(distance, n, width)


def _windows(Z: Batch, starts: Counts, width: int) -> Batch:
    windows: Batch = Z[starts[:, None] + np.arange(width)].reshape(len(starts), -1)
    return windows


def _squared(rows: Batch, centres: Batch) -> Batch:
    cross = rows @ centres.T
    lengths = np.square(rows).sum(axis=1)[:, None] + np.square(centres).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * cross, 0.0))


def _centres(rows: Batch, clusters: int, random: np.random.Generator, rounds: int = 25) -> Batch:
    """Lloyd's k-means from centres drawn far from each other (k-means++)."""
    centres: Batch = rows[random.integers(len(rows))][None]
    nearest_squared = _squared(rows, centres)[:, 0]
    while len(centres) < clusters and nearest_squared.sum() > 0:
        drawn = random.choice(len(rows), p=nearest_squared / nearest_squared.sum())
        centres = np.concatenate([centres, rows[drawn][None]])
        nearest_squared = np.minimum(nearest_squared, _squared(rows, rows[drawn][None])[:, 0])
    for _ in range(rounds):
        belongs = _squared(rows, centres).argmin(axis=1)
        moved = np.array(
            [
                rows[belongs == c].mean(axis=0) if (belongs == c).any() else centres[c]
                for c in range(len(centres))
            ]
        )
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres
