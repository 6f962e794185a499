"""Verdicts of a submission as arrays, and how many of each kind there are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from standout.detectors.thresholds import SHIPPED
from standout.domain.records import NO_KEY, Observations
from standout.errors import StandoutError, StoreUnavailable
from standout.service.groups import Group
from standout.service.live_stream import Submission
from standout.types import Counts, Mask, Scores, Values, VoteBits

Names: TypeAlias = NDArray[np.object_]
"""Texts or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictColumns:
    """The verdicts on ``n`` rows, in the order in which they were sent; nan is none.

    Parameters
    ----------
    late
        Rows that arrived after a newer one; None if there is none.
    problem
        Why a row was refused, for each that was; None if none was.
    fresh
        How many of the rows were not stored before.
    channel
        Name of the leading channel of each row, None where there is none; None of one channel.
    keys
        The sender's own numbers; None where the stream keys on the timestamp.
    """

    score: Scores
    votes: VoteBits
    expected: Values
    lower: Values
    upper: Values
    fresh: int
    late: Mask | None = None
    problem: dict[int, StandoutError] | None = None
    channel: Names | None = None
    keys: Counts | None = None

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.score)

    @classmethod
    def of(cls, submission: Submission) -> VerdictColumns:
        """Return the verdicts of a submission that is done.

        Raises
        ------
        StandoutError
            It has failed.
        """
        if submission.error is not None:
            raise submission.error
        first, rows, told = submission.first, submission.rows, submission.result
        part = slice(first, first + len(submission.times_us))
        record = submission.stream.record
        keys = None if submission.keys is None else np.asarray(submission.keys, np.int64)
        if rows is not None:
            channel = None if rows.channel is None else _named(rows.channel[part], record.channels)
            return replace(cls._slice(rows, part), channel=channel, keys=keys)
        return cls(
            score=np.array(told.score[part], np.float64),
            votes=np.array(told.votes[part], np.uint8),
            expected=np.array(told.expected[part], np.float64),
            lower=np.array(told.lower[part], np.float64),
            upper=np.array(told.upper[part], np.float64),
            fresh=submission.fresh,
            late=None if told.late is None else np.array(told.late[part], np.bool_),
            problem=_found(told.problem[part]) if told.problem is not None else None,
            channel=None
            if told.channel is None
            else _named(np.array(told.channel[part], np.int64), record.channels),
            keys=keys,
        )

    @classmethod
    def of_group(cls, group: Group) -> VerdictColumns:
        """Return the verdicts of a group that is done; raises as `of`."""
        if group.error is not None or group.rows is None:
            raise group.error or StoreUnavailable("It was not kept.")
        return cls._slice(group.rows, slice(group.first, group.first + len(group.times_us)))

    @classmethod
    def _slice(cls, rows: Observations, part: slice) -> VerdictColumns:
        return cls(
            score=rows.score[part],
            votes=rows.votes[part],
            expected=rows.expected[part],
            lower=rows.lower[part],
            upper=rows.upper[part],
            fresh=part.stop - part.start,
        )

    def anomalies(self) -> int:
        """Count the rows that were flagged."""
        return int(np.count_nonzero(self.score >= SHIPPED))


@dataclass(slots=True)
class Tally:
    """What became of the rows of an upload.

    Parameters
    ----------
    received
        Rows that were read.
    stored
        Rows of them that are new; the others were stored before, or were refused.
    anomalies
        Rows that are anomalies.
    late
        Rows that arrived after a newer one.
    refused
        Rows for whose time another value is stored.
    """

    received: int = 0
    stored: int = 0
    anomalies: int = 0
    late: int = 0
    refused: int = 0

    def add(self, verdicts: VerdictColumns) -> None:
        """Count more rows."""
        self.received += len(verdicts)
        self.stored += verdicts.fresh
        self.anomalies += verdicts.anomalies()
        self.late += 0 if verdicts.late is None else int(np.count_nonzero(verdicts.late))
        self.refused += len(verdicts.problem or ())


def scattered(parts: list[tuple[Counts, VerdictColumns]], n: int) -> VerdictColumns:
    """Return verdicts of several streams in one order.

    Parameters
    ----------
    parts
        For each stream the places of its rows, and their verdicts.
    n
        Rows of all of them.
    """
    places = np.concatenate([place for place, _ in parts])
    columns = {}
    for name in ("score", "votes", "expected", "lower", "upper"):
        column = np.concatenate([getattr(verdicts, name) for _, verdicts in parts])
        columns[name] = np.empty(n, column.dtype)
        columns[name][places] = column
    late = np.zeros(n, np.bool_)
    problem: dict[int, StandoutError] = {}
    for place, verdicts in parts:
        if verdicts.late is not None:
            late[place] = verdicts.late
        for i, error in (verdicts.problem or {}).items():
            problem[int(place[i])] = error
    channel: Names = np.full(n, None, object)
    keys = np.full(n, NO_KEY, np.int64)
    for place, verdicts in parts:
        if verdicts.channel is not None:
            channel[place] = verdicts.channel
        if verdicts.keys is not None:
            keys[place] = verdicts.keys
    return VerdictColumns(
        **columns,
        channel=channel if any(v.channel is not None for _, v in parts) else None,
        keys=keys if any(v.keys is not None for _, v in parts) else None,
        fresh=sum(verdicts.fresh for _, verdicts in parts),
        late=late if late.any() else None,
        problem=problem or None,
    )


def _named(channel: Counts, names: tuple[str, ...] | None) -> Names:
    """Return the names of channels; -1 is none."""
    found: Names = np.array([*(names or ()), None], object)[channel]
    return found


def _found(problems: list[StandoutError | None]) -> dict[int, StandoutError]:
    return {i: problem for i, problem in enumerate(problems) if problem is not None}
