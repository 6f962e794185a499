"""What all detectors of whole series share: from rows to standardised channels, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from standout.detectors.series.base import WARMUP, SeriesVerdicts
from standout.detectors.series.limits import ROUNDING, standard_score, to_unit
from standout.detectors.series.preparation import Channel, standardise
from standout.types import Batch, Mask, Values

_RANK = 0.95
_WIDER = 2.576 / 1.96
"""From the range of 95 of 100 Gaussian values to that of 99: the widest are not asked, since a long
anomaly would widen its own range."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is made of the kept channels, ``k`` of them.

    Parameters
    ----------
    raw
        Higher is more anomalous; shape ``(n,)``.
    expected
        In standardised units; shape ``(n, k)``.
    evidence
        How much each channel says against each row; shape ``(n, k)``.
    least
        Spread of `raw` under which it is not taken for larger than it is.
    lone
        Times the limit that a row's score is at the least; shape ``(n,)``. None for 0.
    """

    raw: Values
    expected: Batch
    evidence: Batch
    least: float = ROUNDING
    lone: Values | None = None


def judge(
    X: Batch,
    keep: Callable[[Sequence[Channel]], list[int]],
    opine: Callable[[Batch], Opinion],
) -> SeriesVerdicts:
    """Judge rows, shape ``(n, d)``, by an opinion on some of their channels.

    Parameters
    ----------
    X
        nan and infinite numbers are missing values.
    keep
        Chooses the channels that are looked at, ascending, one at least.
    opine
        Takes them standardised, shape ``(n, k)``.
    """
    n, d = X.shape
    channels = [standardise(np.ascontiguousarray(X[:, c])) for c in range(d)]
    there = np.isfinite(X).any(axis=1)
    if d == 0 or there.sum() < WARMUP:
        return _silent(n, d)
    kept = keep(channels)
    opinion = opine(np.column_stack([channels[c].x for c in kept]))
    score = np.where(there, to_unit(opinion.raw, opinion.least, opinion.lone), np.nan)
    worst = np.array(kept)[np.argmax(opinion.evidence, axis=1)]
    expected, half = np.full((n, d), np.nan), np.zeros(d)
    for place, c in enumerate(kept):
        expected[:, c], half[c] = _range(channels[c], opinion.expected[:, place])
    expected[~there] = np.nan
    with np.errstate(over="ignore"):  # at the end of what floats can hold
        lower, upper = np.nan_to_num([expected - half, expected + half], nan=np.nan)
    return SeriesVerdicts(
        score=score,
        expected=expected,
        lower=lower,
        upper=upper,
        channel=np.where(there, worst, -1),
        dropped=tuple(c for c in range(d) if c not in set(kept)),
    )


def varying(channels: Sequence[Channel]) -> list[int]:
    """Keep the channels that are not flat, or where all are, all that have a value."""
    some = [c for c, channel in enumerate(channels) if not channel.flat]
    return some or [c for c, channel in enumerate(channels) if channel.known.any()]


def each_channel(
    Z: Batch, score: Callable[[Values], tuple[Values, Values]], least: float = ROUNDING
) -> Opinion:
    """Opine on channels one by one; the mean of their standard scores decides.

    Parameters
    ----------
    Z
        Standardised; shape ``(n, k)``.
    score
        Takes a channel, and gives its scores and what it had been expected to be; ``(n,)`` both.
    least
        Spread under which one channel's scores are not taken for larger than they are.
    """
    evidence, expected = np.empty_like(Z), np.empty_like(Z)
    for c in range(Z.shape[1]):
        raw, expected[:, c] = score(np.ascontiguousarray(Z[:, c]))
        evidence[:, c] = standard_score(raw, least)
    # What the mean of so many independent scores of spread 1 has.
    return Opinion(evidence.mean(axis=1), expected, evidence, 1.0 / np.sqrt(Z.shape[1]))


def _range(channel: Channel, expected: Values) -> tuple[Values, float]:
    """Return a channel's expected values in its own units, and half the width of their range."""
    off = np.abs(channel.x - expected)[channel.known]
    # Of few values the next one below the quantile: one anomaly must not widen its own range.
    half = _WIDER * float(np.quantile(off, _RANK, method="lower"))
    return channel.restore(expected), half * channel.spread


def _silent(n: int, d: int) -> SeriesVerdicts:
    nothing = np.full((n, d), np.nan)
    nobody: Mask = np.zeros(n, np.bool_)
    return SeriesVerdicts(
        score=np.full(n, np.nan),
        expected=nothing,
        lower=nothing,
        upper=nothing,
        channel=np.where(nobody, 0, -1),
    )
