"""Verdicts as columns of Python values, as the wire wants them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Observations
from standout.errors import StandoutError

NAN = float("nan")
_FLAGS = (0, 1, None)


@dataclass(slots=True)
class Judgements:
    """Verdicts as columns of Python values, ready for the wire; nan is none.

    Parameters
    ----------
    anomaly
        1, 0, or None where there is no score.
    late, problem
        Only where at least one row is late or was refused.
    channel
        The leading channel, -1 for none; only of streams with several.
    """

    anomaly: list[int | None]
    score: list[float]
    votes: list[int]
    expected: list[float]
    lower: list[float]
    upper: list[float]
    late: list[bool] | None = None
    problem: list[StandoutError | None] | None = None
    channel: list[int] | None = None

    @classmethod
    def blank(cls, n: int) -> Judgements:
        """Return `n` rows without a verdict."""
        return cls([None] * n, [NAN] * n, [0] * n, [NAN] * n, [NAN] * n, [NAN] * n)

    @classmethod
    def of(cls, rows: Observations) -> Judgements:
        """Return the verdicts of rows."""
        codes = (rows.score >= SHIPPED).astype(np.uint8) + 2 * np.isnan(rows.score)
        return cls(
            anomaly=[_FLAGS[code] for code in codes.tolist()],
            score=rows.score.tolist(),
            votes=rows.votes.tolist(),
            expected=rows.expected.tolist(),
            lower=rows.lower.tolist(),
            upper=rows.upper.tolist(),
            channel=None if rows.channel is None else rows.channel.tolist(),
        )

    def put(self, i: int, other: Judgements, j: int) -> None:
        """Copy row `j` of `other` to row `i`."""
        self.anomaly[i] = other.anomaly[j]
        self.score[i] = other.score[j]
        self.votes[i] = other.votes[j]
        self.expected[i] = other.expected[j]
        self.lower[i] = other.lower[j]
        self.upper[i] = other.upper[j]
        if other.channel is not None:
            if self.channel is None:
                self.channel = [-1] * len(self.anomaly)
            self.channel[i] = other.channel[j]
