"""The backlog: rows that were submitted and are not answered yet."""

from __future__ import annotations

import asyncio

from standout.errors import StandoutError, StoreUnavailable
from standout.service.groups import Group
from standout.service.judgements import Judgements
from standout.service.live_stream import Submission


class Backlog:
    """Counts rows on their way, and makes senders wait when there are too many.

    Parameters
    ----------
    most
        Rows from which on `room` waits.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._has_room = asyncio.Event()
        self._has_room.set()
        self.rows = 0

    @property
    def full(self) -> bool:
        """Whether `room` would wait."""
        return self.rows >= self._most

    async def room(self) -> None:
        """Wait until there is room for more rows."""
        while self.full:
            self._has_room.clear()
            await self._has_room.wait()

    async def drained(self) -> None:
        """Wait until nothing is on its way; nothing may be submitted any more."""
        self._most = 1
        await self.room()

    def add(self, rows: int) -> None:
        """Count rows that set out."""
        self.rows += rows

    def free(self, submission: Submission | Group) -> None:
        """Give back the place of rows that are answered."""
        self.rows -= len(submission.times_us)
        if not self.full:
            self._has_room.set()

    def close(
        self,
        submission: Submission | Group,
        error: StandoutError | None,
        result: Judgements | None = None,
        first: int = 0,
    ) -> None:
        """Answer a submission with its verdicts, rows `first` and on of a table, or an error."""
        self.free(submission)
        if error is not None or result is None or isinstance(submission, Group):
            submission.fail(error or StoreUnavailable("It was not kept."))
        else:
            submission.succeed(result, first)
