"""What a detector of whole series is, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from standout.types import Batch, Counts, Scores

WARMUP = 12
"""Values that a series must have; with fewer there is no opinion on any of them."""


@dataclass(frozen=True, slots=True)
class SeriesVerdicts:
    """What a detector says of ``n`` rows of ``d`` channels.

    Parameters
    ----------
    score
        In [0, 1], the shipped threshold at 0.6; nan where no channel has a value, or where the
        series is too short for an opinion; shape ``(n,)``.
    expected
        What the rest of the series makes of each place; shape ``(n, d)``. nan in channels that
        were left out, and where there is no score.
    lower, upper
        The range in which 99 of 100 values would lie about that if they were Gaussian, both ends
        included; shape ``(n, d)``.
    channel
        The channel that stands out most in each row, -1 where there is no score; shape ``(n,)``.
    dropped
        Channels that were left out, ascending.
    """

    score: Scores
    expected: Batch
    lower: Batch
    upper: Batch
    channel: Counts
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesAlgorithm:
    """What a person wants to know of a detector before choosing it.

    Parameters
    ----------
    name, title, summary
        The name that it is asked for by, its name in print, and what it does in a sentence.
    good_at, bad_at, cost
        In words.
    params
        JSON Schema of what it takes.
    """

    name: str
    title: str
    summary: str
    good_at: str
    bad_at: str
    cost: str
    params: dict[str, Any]


class SeriesDetector(Protocol):
    """Judges a whole series at once: each row with all others at hand, so it is not causal."""

    name: ClassVar[str]
    version: ClassVar[int]

    @classmethod
    def describe(cls) -> SeriesAlgorithm:
        """Tell what it is good and bad at, and what it takes."""
        ...

    def judge(self, X: Batch) -> SeriesVerdicts:
        """Judge rows in order of time, shape ``(n, d)``; nan is a missing value. Pure."""
        ...

    def score_many(self, X: Batch) -> Scores:
        """Return the scores of `judge` alone."""
        ...

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        ...
