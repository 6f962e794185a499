"""Arrays that come back: verdicts on what was sent, and what is kept of a stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from standout.errors import StandoutError
from standout.types import Batch, Counts, Mask, Scores, Values, VoteBits

Moments: TypeAlias = NDArray[np.datetime64]
"""Times in UTC, to the microsecond: shape ``(n,)``."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One observation that was refused; the others are kept.

    Parameters
    ----------
    row
        Its place in the arrays, from 0.
    error
        Why, for example `ObservationConflict`: another value is stored at its time.
    """

    row: int
    error: StandoutError


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Verdicts:
    """The verdicts on what was sent, in its order; arrays of shape ``(n,)``.

    Parameters
    ----------
    timestamp
        The timestamps that were sent: numbers and text as they were, moments as ``datetime64``
        (those with a zone in UTC).
    anomaly
        1 where the score is at least 0.6, 0 below, nan where there is none.
    score
        In [0, 1]; nan while warming up, for a missing value, and for one that is late or refused.
    expected, lower, upper
        The value and the range that were expected before the value was seen; nan is none.
    votes
        One bit a voter, from the lowest: z-score, IQR, EWMA, moving average, isolation forest.
    late
        Observations older than the newest at their arrival; they are kept.
    problems
        Observations that were refused; empty for none.
    channel
        Of several channels the name of the leading one, whose verdict this is, or None without a
        score; None of one channel.
    """

    timestamp: NDArray[Any]
    anomaly: Values
    score: Scores
    expected: Values
    lower: Values
    upper: Values
    votes: VoteBits
    late: Mask
    problems: list[Refusal]
    channel: NDArray[np.object_] | None = None

    def __len__(self) -> int:
        """Count of observations."""
        return len(self.score)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObservationColumns:
    """What is kept of a stream, oldest first; arrays of shape ``(n,)``, as in `Verdicts`.

    Parameters
    ----------
    timestamp
        ``datetime64[us]``, UTC.
    value
        nan is missing; of several channels that of the leading one.
    channel, values, channels
        Of several channels the leading one, the values of all, shape ``(n, d)``, and their names.
    seq
        The sender's own numbers, of a stream that keys on them.
    """

    timestamp: Moments
    value: Values
    anomaly: Values
    score: Scores
    expected: Values
    lower: Values
    upper: Values
    votes: VoteBits
    late: Mask
    channel: NDArray[np.object_] | None = None
    values: Batch | None = None
    channels: tuple[str, ...] | None = None
    seq: Counts | None = None

    def __len__(self) -> int:
        """Count of observations."""
        return len(self.score)
