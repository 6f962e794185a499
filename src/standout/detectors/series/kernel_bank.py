"""Random-kernel features of a series, compared with those of a bank of its own rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from standout.detectors.series.bank import BLOCK, SIZE, around, leading_axes, packed
from standout.kernels.bank_distance import three_nearest
from standout.kernels.random_kernels import TAPS, convolve, kernel_features
from standout.types import Batch, Counts, Values

KERNELS = 84
_SAMPLE = 4_096
"""Rows that a kernel's bias is a quantile of."""


@dataclass(frozen=True, slots=True)
class _Features:
    x: Values
    width: int
    heavy: NDArray[np.int64]
    dilations: Counts
    biases: Values

    @classmethod
    def draw(cls, x: Values, width: int, seed: int) -> _Features:
        random = np.random.default_rng([seed, width, KERNELS])
        octaves = max(1, int(np.log2(max(2.0, width / 8))) + 1)
        heavy = np.array([random.choice(TAPS, 3, replace=False) for _ in range(KERNELS)])
        dilations = 2 ** (np.arange(KERNELS) % octaves)
        ranks = random.uniform(0.1, 0.9, KERNELS)
        rows = np.unique(np.linspace(0, len(x) - 1, _SAMPLE).astype(np.int64))
        biases, sample = np.empty(KERNELS), np.empty(len(rows))
        for t in range(KERNELS):
            convolve(x, heavy[t], dilations[t], rows, sample)
            biases[t] = np.quantile(sample, ranks[t])
        return cls(x, width, heavy, dilations, biases)

    def rows(self, first: int, last: int) -> Batch:
        """Return the features of rows, shape ``(2 KERNELS, rows)``."""
        features = np.empty((2 * KERNELS, last - first))
        kernel_features(
            self.x, self.heavy, self.dilations, self.biases, self.width, first, features
        )
        return features


def kernel_distance(x: Values, width: int, *, size: int = SIZE, seed: int = 0) -> Values:
    """Return each row's mean distance to the three nearest of a bank of rows; shape ``(n,)``.

    Parameters
    ----------
    x
        Standardised; shape ``(n,)``.
    width
        Rows that features are taken over; nearer rows than that are not compared.
    size
        Rows of the bank.
    seed
        Decides the kernels, their biases and the bank.

    Notes
    -----
    Two passes over the features, in blocks, so that they are never held for the whole series:
    one for their spread and the bank, one to compare. About 70 ms for 10,000 rows.

    References
    ----------
    .. [1] A. Dempster, D. Schmidt, G. Webb, "MiniRocket: A Very Fast (Almost) Deterministic
       Transform for Time Series Classification", KDD 2021.
    """
    n = len(x)
    features = _Features.draw(x, width, seed)
    starts = _starts(n, width, size, seed)
    bank, spread = _bank(features, starts, n)
    bank = bank / spread
    axes = leading_axes(bank)
    memory = packed((bank @ axes).astype(np.float32))
    scaled = axes / spread[:, None]
    distance = np.empty(n)
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        points = (features.rows(first, last).T @ scaled).astype(np.float32)
        found = np.empty(last - first, np.float32)
        three_nearest(points, memory, *around(starts, first, last, width), found)
        distance[first:last] = found
    return distance


def _starts(n: int, width: int, size: int, seed: int) -> Counts:
    if n <= size:
        return np.arange(n)
    return np.sort(np.random.default_rng([seed, width, 3]).choice(n, size, replace=False))


def _bank(features: _Features, starts: Counts, n: int) -> tuple[Batch, Values]:
    """Return the bank's features, shape ``(m, 2 KERNELS)``, and the spread of each over all."""
    bank = np.empty((len(starts), 2 * KERNELS))
    count, mean, scatter = 0, np.zeros(2 * KERNELS), np.zeros(2 * KERNELS)
    for first in range(0, n, BLOCK):
        last = min(first + BLOCK, n)
        rows = features.rows(first, last)
        low, high = np.searchsorted(starts, (first, last))
        bank[low:high] = rows[:, starts[low:high] - first].T
        # Chan's merge: no sum of squares of uncentred values.
        own = rows.mean(axis=1)
        size = last - first
        shift = own - mean
        scatter += np.square(rows - own[:, None]).sum(axis=1) + shift**2 * count * size / (
            count + size
        )
        mean += shift * size / (count + size)
        count += size
    spread = np.sqrt(scatter / n)
    return bank, np.where(spread > 0, spread, 1.0)
