"""Following a stream: which of what the server tells is new, and what was missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from standout.domain.times import to_iso
from standout.errors import MalformedMessage, StreamDeleted
from standout.schemas.frames import VOTERS, ProblemFrame
from standout.schemas.live import History, PointColumns, Points, Status
from standout.schemas.streams import KeptObservation

_Message: TypeAlias = History | Points | Status
_messages: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)
_problems = msgspec.json.Decoder(ProblemFrame)


class Follower:
    """Keeps the place in a stream, over any number of connections.

    Each observation has a number, `seq`, in the order of arrival; after a lost connection the
    server sends the newest observations, of which some were told already, and some may be missing.

    Parameters
    ----------
    after
        Number of the last observation that is known; None begins with what comes after the first
        message.

    Attributes
    ----------
    missing
        Numbers of observations that are newer than what is known, and were not told.
    since
        A time from which to look for them first.
    problem
        What the server said before it closed the connection, if it did.
    """

    def __init__(self, after: int | None) -> None:
        self._last = after
        self._created: object = None
        self._newest_us: int | None = None
        self._certain = 0
        self._fresh: dict[int, KeptObservation] = {}
        self.since: str | None = None
        self.missing: set[int] = set()
        self.problem: ProblemFrame | None = None

    @property
    def after(self) -> int | None:
        """Number of the last observation that is known; None before the first message."""
        return self._last

    def read(self, message: bytes) -> None:
        """Take a message; then `missing` are the numbers to ask for, and `take` gives what is new.

        Raises
        ------
        MalformedMessage
            It is none of a Standout server.
        StreamDeleted
            The stream was deleted and made again, and its numbers begin anew.
        """
        told = _read(message)
        if isinstance(told, ProblemFrame):
            self.problem = told
        elif isinstance(told, Status):
            self._check(told.stream)
        elif isinstance(told, History):
            self._check(told.stream)
            # A late one is not among the newest, though it may have the highest number.
            self._add(told.points, int(told.stream.get("count", 0)))
        elif isinstance(told, Points):
            self._add(told.points, 0)

    def take(self, found: list[KeptObservation] | None = None) -> list[KeptObservation]:
        """Return what is new, in the order of arrival, with what was missing and is found now."""
        self._fresh |= {row.seq: row for row in found or ()}
        last, fresh = self._last or 0, []
        for seq in sorted(self._fresh):
            # Numbers beyond those that were told are given before their rows are kept. A gap there
            # may yet be filled; what is behind it comes again.
            if seq > max(self._certain, last + 1):
                break
            fresh.append(self._fresh[seq])
            last = seq
        if self._last is not None:
            self._last = max(last, self._certain)
        self.since = None if self._newest_us is None else to_iso(self._newest_us)
        self._fresh, self.missing = {}, set()
        return fresh

    def _check(self, stream: dict[str, object]) -> None:
        created = stream.get("created")
        if self._created not in {None, created}:
            raise StreamDeleted("The stream was deleted, and there is a new one of its id.")
        self._created = created

    def _add(self, points: PointColumns, count: int) -> None:
        newest = max(points.seq, default=0)
        self._newest_us = max(points.time_us, default=self._newest_us)
        if self.since is None and self._newest_us is not None:
            self.since = to_iso(self._newest_us)
        if self._last is None:
            self._last = newest
            return
        last = self._last
        self._fresh |= {row.seq: row for row in _observations(points) if row.seq > last}
        self.missing = set(range(last + 1, max(newest, count) + 1)) - set(self._fresh)
        self._certain = max(self._certain, newest)


def _read(message: bytes) -> _Message | ProblemFrame:
    try:
        return _messages.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return _problems.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        shown = message[:200].decode(errors="replace")
        wanted = "observations or a problem were wanted; is a Standout server there?"
        raise MalformedMessage(f"The server sent {shown!r}; {wanted}") from None


def _observations(points: PointColumns) -> Iterator[KeptObservation]:
    told = msgspec.structs.asdict(points)
    columns = {name: column for name, column in told.items() if column is not msgspec.UNSET}
    for row in zip(*columns.values(), strict=True):
        fields = dict(zip(columns, row, strict=True))
        bits = fields.pop("votes")
        # The server's own numbers need no second check.
        yield KeptObservation.model_construct(
            timestamp=to_iso(fields.pop("time_us")),
            votes=None if fields["score"] is None else _by_name(bits),
            **fields,
        )


def _by_name(bits: int) -> dict[str, int]:
    return {name: bits >> i & 1 for i, name in enumerate(VOTERS)}
