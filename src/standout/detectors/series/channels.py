"""The members of the ensemble for several channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from standout.detectors.series.bank import compare
from standout.detectors.series.joint import cluster_distance, compare_jointly, leading_scores
from standout.detectors.series.limits import standard_score
from standout.detectors.series.linear import autoregression
from standout.detectors.series.members import Widths, smoothed
from standout.types import Batch, Values

OWN_BANKS = 40
"""Channels that get a bank of their own; it is the dearest part."""

_OWN_SIZE = 1_000
_ORDER = 16
_SHARE = 0.7
"""Share of the variance that the principal axes explain whose residual is looked at."""


def principal_residual(Z: Batch) -> Values:
    """Return how far each row is from the leading principal axes of the channels; ``(n,)``."""
    centred = Z - Z.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(Z))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    shares = np.cumsum(values) / values.sum()
    kept = int(np.argmax(shares >= _SHARE)) + 1
    if kept < len(values):
        return np.asarray(np.sqrt(np.square(centred @ vectors[:, kept:]).sum(axis=1)))
    scaled = (centred @ vectors) / np.sqrt(np.maximum(values, 1e-12))
    return np.asarray(np.sqrt(np.square(scaled).sum(axis=1)))


class JointMembers:
    """Scores of several channels together, and how much each channel says against each row.

    Parameters
    ----------
    Z
        Standardised channels, three at least; shape ``(n, d)``.
    seed
        Decides banks and clusters.
    """

    def __init__(self, Z: Batch, seed: int) -> None:
        self._Z = Z
        self._seed = seed
        self._widths = Widths.of(np.ascontiguousarray(Z[:, 0]))
        self.evidence = np.zeros_like(Z)
        self.expected = np.zeros_like(Z)

    def __iter__(self) -> Iterator[Values]:
        """Give each member's scores, shape ``(n,)``."""
        p, Z, seed = self._widths.period, self._Z, self._seed
        yield smoothed(principal_residual(Z), 0.5 * p)
        for wide, centred in ((64, True), (64, False), (256, True)):
            width = self._widths.capped(wide)
            yield compare_jointly(Z, width, centred=centred, seed=seed).distance
        found = compare_jointly(
            Z, self._widths.capped(p), centred=True, seed=seed, reconstruct=True
        )
        self.expected = found.expected
        yield smoothed(found.residual, 0.25 * p)
        yield self._by_channel(lambda x: np.abs(autoregression(x, _ORDER)), Z.shape[1])
        yield self._by_channel(self._own_residual, min(Z.shape[1], OWN_BANKS))
        yield cluster_distance(
            leading_scores(Z, OWN_BANKS),
            self._widths.capped(20),
            clusters=20,
            sample=5_000,
            seed=seed,
        )

    def _own_residual(self, x: Values) -> Values:
        width = self._widths.capped(self._widths.period)
        return compare(x, width, size=_OWN_SIZE, seed=self._seed).residual

    def _by_channel(self, score: Callable[[Values], Values], count: int) -> Values:
        """Return the mean of a score over the first channels, each by its own standard."""
        total = np.zeros(len(self._Z))
        for c in range(count):
            raw = smoothed(score(np.ascontiguousarray(self._Z[:, c])), 0.25 * self._widths.period)
            standard = standard_score(raw)
            self.evidence[:, c] += standard
            total += standard
        return total / count
