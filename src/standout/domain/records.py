"""Records: what is kept of a stream, by column where there are many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from standout.types import Counts, Mask, Scores, Times, Values, VoteBits

DEFAULT_TENANT = 0
"""The one tenant there is now; every key in the store begins with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An endless series of observations, with what was pinned when it was made.

    Parameters
    ----------
    id
        The name a client gave it: 1 to 200 characters, no slash, no control character.
    key
        The store's number for it, given at its making; 0 before.
    window
        Observations that the detector looks back on.
    detector, detector_version, params
        Name, version and parameters of its detector; they never change.
    tz
        IANA zone of timestamps that carry none.
    time_unit
        Unit of timestamps that are numbers: "s", "ms", "us" or "ns"; None until one was seen.
    created_us
        When it was made, in microseconds UTC.
    """

    id: str
    window: int
    detector: str
    detector_version: int
    created_us: int
    params: Mapping[str, Any] = field(default_factory=dict)
    tz: str = "UTC"
    time_unit: str | None = None
    tenant: int = DEFAULT_TENANT
    key: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observations:
    """Observations with their verdicts, as columns of one length ``n``.

    Parameters
    ----------
    stream
        Key of the stream of each row.
    seq
        Arrival number within its stream, from 1.
    time_us
        Time of each row, microseconds UTC; with `stream` it is unique.
    value
        What was measured; nan is a missing value.
    score, expected, lower, upper
        The verdict; nan while warming up, for a missing value and for a late row.
    votes
        One bit for each detector that voted.
    late
        Arrived after a newer row: kept, but neither scored nor learnt.
    """

    stream: Counts
    seq: Counts
    time_us: Times
    value: Values
    score: Scores
    votes: VoteBits
    expected: Values
    lower: Values
    upper: Values
    late: Mask

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.time_us)

    def take(self, rows: slice | Counts | Mask) -> Observations:
        """Return the named rows, in the order in which they are named."""
        return Observations(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def empty(cls) -> Observations:
        """Return no rows."""
        return cls.blank(0)

    @classmethod
    def blank(cls, n: int) -> Observations:
        """Return `n` rows of stream 0 and time 0 without value or verdict, to be filled."""
        nan = np.full((5, n), np.nan)
        return cls(
            stream=np.zeros(n, np.int64),
            seq=np.zeros(n, np.int64),
            time_us=np.zeros(n, np.int64),
            value=nan[0],
            score=nan[1],
            votes=np.zeros(n, np.uint8),
            expected=nan[2],
            lower=nan[3],
            upper=nan[4],
            late=np.zeros(n, np.bool_),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowColumns:
    """Observations summed up for a chart, as columns of one length ``n``, at most one a pixel.

    Each row of the window belongs to exactly one column, of which it tells the true extremes; the
    columns do not overlap, and one without rows is left out. An extreme is nan where no row of the
    column has a number.

    Parameters
    ----------
    time_us, end_us
        Times of the first and the last row of each column.
    count, anomalies
        Rows of each column, late ones included, and how many of them were flagged.
    min, max
        Lowest and highest value.
    peak
        Highest score.
    lower, upper
        Lowest and highest bound of what was expected.
    seq
        Arrival number up to which it holds: what comes later has a higher one.
    """

    time_us: Times
    end_us: Times
    count: Counts
    anomalies: Counts
    min: Values
    max: Values
    peak: Scores
    lower: Values
    upper: Values
    seq: int

    def __len__(self) -> int:
        """Count of columns."""
        return len(self.time_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A stream's counters and its detector's state, as of one observation.

    Parameters
    ----------
    stream
        Key of the stream.
    seq
        Observations so far, late ones included.
    anomalies
        How many of them were flagged.
    last_us
        Time of the newest observation, microseconds UTC; None before the first.
    last_value, last_score
        Value and score of the newest observation; nan for none.
    state
        The detector's packed state; its version is pinned by the stream.
    """

    stream: int
    seq: int
    anomalies: int
    last_us: int | None
    last_value: float
    last_score: float
    state: bytes
