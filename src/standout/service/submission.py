"""Submissions: observations on their way through a stream, and what is answered to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Observations
from standout.errors import StandoutError

if TYPE_CHECKING:
    from standout.service.live_stream import LiveStream

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
    """

    anomaly: list[int | None]
    score: list[float]
    votes: list[int]
    expected: list[float]
    lower: list[float]
    upper: list[float]
    late: list[bool] | None = None
    problem: list[StandoutError | None] | None = None

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
        )

    def put(self, i: int, other: Judgements, j: int) -> None:
        """Copy row `j` of `other` to row `i`."""
        self.anomaly[i] = other.anomaly[j]
        self.score[i] = other.score[j]
        self.votes[i] = other.votes[j]
        self.expected[i] = other.expected[j]
        self.lower[i] = other.lower[j]
        self.upper[i] = other.upper[j]


class Submission:
    """Observations of one stream that are scored and stored together.

    It is done when its rows are durable or have failed; `notify` is called then, once, on the
    event loop.

    Parameters
    ----------
    stream
        Where they belong.
    times_us, values
        Ascending or not; nan is a missing value.
    late
        Which rows are only stored; None for none.
    """

    __slots__ = (
        "done",
        "error",
        "first",
        "late",
        "notify",
        "result",
        "stream",
        "times_us",
        "values",
    )

    def __init__(
        self,
        stream: LiveStream,
        times_us: list[int],
        values: list[float],
        notify: Callable[[], None],
    ) -> None:
        self.stream = stream
        self.times_us = times_us
        self.values = values
        self.notify = notify
        self.late: list[bool] | None = None
        self.done = False
        self.error: StandoutError | None = None
        # The verdicts are rows `first` and on of a table that a whole batch may share.
        self.result = Judgements.blank(0)
        self.first = 0

    def succeed(self, result: Judgements, first: int) -> None:
        """Give it its verdicts, now that they are kept."""
        self.result = result
        self.first = first
        self.done = True
        self.notify()

    def fail(self, error: StandoutError) -> None:
        """Say that nothing of it was kept."""
        self.error = error
        self.done = True
        self.notify()
