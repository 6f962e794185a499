"""Records: what is kept of a stream, by column where there are many rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from standout.types import Batch, Counts, Mask, Scores, Times, Values, VoteBits

DEFAULT_TENANT = 0
"""The one tenant there is now; every key in the store begins with it."""

NO_KEY = -1
"""The key of an observation of a stream that keys on the timestamp."""

MAX_CHANNELS = 64


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
    unit, tags
        What people say of it: what its values are measured in, and words to find it by.
    keep_us, keep_rows
        Retention: how far back of its newest observation rows are kept, in microseconds, and how
        many; None is no limit.
    expired_us
        Time up to which retention has removed its rows; None if it has removed none.
    duplicates
        What tells one observation from another: "timestamp", or "keep" for the sender's own
        number, with which equal times are all kept.
    channels
        Names of its channels, 1 to 64; None until its first observation tells how many.
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
    unit: str | None = None
    tags: tuple[str, ...] = ()
    keep_us: int | None = None
    keep_rows: int | None = None
    expired_us: int | None = None
    duplicates: str = "timestamp"
    channels: tuple[str, ...] | None = None

    @property
    def keeps_duplicates(self) -> bool:
        """Whether it keys on the sender's own numbers."""
        return self.duplicates == "keep"

    @property
    def width(self) -> int:
        """Count of its channels; 1 until it is known."""
        return 1 if self.channels is None else len(self.channels)


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
        Time of each row, microseconds UTC; with `stream`, and `key` if there is one, it is unique.
    value
        What was measured, of several channels that of the leading one; nan is a missing value.
    score, expected, lower, upper
        The verdict; nan while warming up, for a missing value and for a late row.
    votes
        One bit for each detector that voted.
    late
        Arrived after a newer row: kept, but neither scored nor learnt.
    key
        The sender's own number, from 0; None where streams key on the timestamp.
    channel, vector
        Of streams with ``d`` channels, 2 or more: the leading one, which has the highest score, or
        -1 without a score; and the values of all, shape ``(n, d)``. None for one channel.
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
    key: Counts | None = None
    channel: Counts | None = None
    vector: Batch | None = None

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.time_us)

    @property
    def width(self) -> int:
        """Count of channels."""
        return 1 if self.vector is None else self.vector.shape[1]

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns that there are, by name."""
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: column for name, column in found.items() if column is not None}

    def take(self, rows: slice | Counts | Mask) -> Observations:
        """Return the named rows, in the order in which they are named."""
        return Observations(**{name: column[rows] for name, column in self.columns().items()})

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


@dataclass(frozen=True, slots=True)
class Standing:
    """A stream without its rows: what it takes to load one to which nothing came since.

    Parameters
    ----------
    stream
        The stream.
    snapshot
        Its newest snapshot, if there is one.
    newest_seq
        Highest arrival number of all its rows; 0 if none are kept.
    """

    stream: Stream
    snapshot: Snapshot | None
    newest_seq: int


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
        The detector's packed state, of several channels one after the other; its version is pinned
        by the stream.
    last_key
        Highest number of a sender's own so far; -1 where the stream keys on the timestamp.
    """

    stream: int
    seq: int
    anomalies: int
    last_us: int | None
    last_value: float
    last_score: float
    state: bytes
    last_key: int = NO_KEY
