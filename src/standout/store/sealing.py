"""Sealing: rows that are no longer among a stream's newest become blocks, a few at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from standout.domain.records import Observations
from standout.errors import ObservationConflict
from standout.store import blocks
from standout.store import rows as sql
from standout.store.heads import Head
from standout.store.kept import EARLIEST, LATEST, Block, KeptRows
from standout.store.summaries import RUNS_A_BLOCK
from standout.types import Counts

ABSORB_ROWS: Final = 64
"""New rows of one stream from which a block costs less than as many rows of SQL."""

PACK_ROWS: Final = 8
"""New rows of one stream among many from which a small block costs less than rows of SQL.

Small blocks are made many at once, so that each costs little, and joined later.
"""

PACK_STREAMS: Final = 16
"""Streams from which small blocks are made: one alone costs as much as a dozen."""

MOST_JOINED: Final = 4
"""Blocks of the usual size that small ones are joined to at a time."""

_SEALABLE: Final = LATEST - 1
"""A row at the end of time is never sealed: so there is always a time after the sealed ones."""

MOST_ROWS: Final = 16
"""Times its usual rows that a block may have, of a stream with many rows of one time.

A time is never parted between two blocks; one with more rows stays unsealed.
"""

_DELETE: Final = (
    "DELETE FROM observations WHERE tenant = ? AND stream = ? AND time_us BETWEEN ? AND ?"
)


class Sealer:
    """Moves rows of the writer's connection into blocks, inside its transactions.

    Parameters
    ----------
    connection
        The writer's.
    block_rows
        Rows of a block. A stream is sealed when it has twice as many that are not, so that rows
        which come a little late find their neighbours unsealed.
    """

    def __init__(self, connection: sqlite3.Connection, *, block_rows: int) -> None:
        self._connection = connection
        self._block_rows = block_rows
        self._run_rows = max(block_rows // RUNS_A_BLOCK, 1)
        self._due_rows = 2 * block_rows

    def due(self, head: Head) -> bool:
        """Tell whether the stream is to be sealed, as far as is known."""
        return max(head.unsealed or 0, head.small) >= self._due_rows

    def seal(self, head: Head) -> int:
        """Seal some rows, or join small blocks, if there are enough; return how many were moved."""
        if head.small >= self._due_rows:
            head.small = 0
            return self._join(head)
        first_us = _after(head.sealed_us)
        most = 4 * self._block_rows
        kept = self._kept(head)
        newest = kept.count_unsealed(first_us, _SEALABLE, most=most)
        late = 0 if first_us == EARLIEST else kept.count_unsealed(EARLIEST, first_us - 1, most=most)
        moved = 0
        wanted = max(newest, late) >= self._due_rows
        if newest >= self._due_rows:
            moved = self._seal_oldest(head, (newest // self._block_rows - 1) * self._block_rows)
            # There may be more of them than were counted.
            newest = newest - moved if newest < most else most
        elif late >= self._due_rows:
            moved = self._fold(head)
            late = late - moved if late < most else most
        # Where nothing can be moved, the next rows bring another try.
        head.unsealed = 0 if wanted and not moved else max(newest, late)
        return moved

    def absorb(self, head: Head, rows: Observations) -> Observations:
        """Seal new rows of one stream, ordered by time, at once; return those to be inserted.

        Newer ones than are sealed need not become rows of SQL first: that and the way back would
        cost several times as much as a block, even a small one.
        """
        first_us = _after(head.sealed_us)
        late, end = np.searchsorted(rows.time_us, (first_us, LATEST)).tolist()
        most = 4 * self._block_rows
        before = self._kept(head).count_unsealed(first_us, _SEALABLE, most=most)
        if end - late < ABSORB_ROWS or before == most:
            return rows
        together = rows.take(slice(late, end))
        if before:
            unsealed = self._kept(head).unsealed(first_us, _SEALABLE)
            together = sql.in_order([unsealed, together])
            self._delete(head, first_us, _SEALABLE)
        if not head.keyed and (together.time_us[1:] == together.time_us[:-1]).any():
            raise _conflict()
        self._insert(head, together)
        if len(together) < self._block_rows:
            head.small += len(together)
        rest = sql.joined([rows.take(slice(0, late)), rows.take(slice(end, None))])
        head.unsealed = len(rest)
        return rest

    def packable(self, head: Head, count: int, first_us: int) -> bool:
        """Tell whether new rows, so many and from that time on, may become a small block.

        They must be newer than all rows of the stream but those that are in blocks.
        """
        if not PACK_ROWS <= count < self._block_rows or head.wide:
            return False
        if head.sealed_us is not None and first_us <= head.sealed_us:
            return False
        if not head.clear:
            after_us = _after(head.sealed_us)
            head.clear = not self._kept(head).count_unsealed(after_us, LATEST, most=1)
        return head.clear

    def pack(self, heads: Sequence[Head], rows: Observations, counts: Counts) -> None:
        """Seal new rows of many streams, all of them `packable`, in a small block each."""
        blocks.insert_small(self._connection, heads, rows, counts, run_rows=self._run_rows)
        ends = np.cumsum(counts)
        last_us = rows.time_us[ends - 1].tolist()
        last_seq = np.maximum.reduceat(rows.seq, ends - counts).tolist()
        for head, count, time_us, seq in zip(
            heads, counts.tolist(), last_us, last_seq, strict=True
        ):
            head.sealed_us = time_us
            head.sealed_seq = max(head.sealed_seq, seq)
            head.small += count
            head.unsealed = max((head.unsealed or 0) - count, 0)

    def refuse_sealed(self, head: Head, rows: Observations) -> None:
        """Raise `ObservationConflict` if one of these rows' times, which ascend, is sealed."""
        if self._kept(head).holds_any(rows.time_us[rows.time_us < _after(head.sealed_us)]):
            raise _conflict()

    def _seal_oldest(self, head: Head, count: int) -> int:
        first_us = _after(head.sealed_us)
        rows = self._kept(head).unsealed(first_us, _SEALABLE, limit=count)
        if head.keyed:
            rows = _whole_times(rows)
        if len(rows):
            self._insert(head, rows)
            self._delete(head, first_us, int(rows.time_us[-1]))
        return len(rows)

    def _fold(self, head: Head) -> int:
        """Put late rows into the block in whose time they fall; return how many.

        The oldest late row tells the block: all that come before the next block go into it. Before
        the first block they become one. None where the block would become too large.
        """
        kept = self._kept(head)
        oldest = int(kept.unsealed(EARLIEST, LATEST, limit=1).time_us[0])
        before = next(kept.blocks(EARLIEST, oldest, newest=True), None)
        after = next(kept.blocks(oldest, LATEST)) if before is None else self._next(head, before)
        end_us = _after(head.sealed_us) - 1 if after is None else after.first_us - 1
        late = kept.unsealed(oldest, end_us, limit=4 * self._block_rows)
        if head.keyed and len(late) == 4 * self._block_rows:
            late = _whole_times(late)
        if not len(late) or (before and before.length > MOST_ROWS * self._block_rows):
            return 0
        parts = [late]
        if before is not None:
            parts.append(kept.rows_of(before.id))
            blocks.delete(self._connection, head.tenant, head.key, before)
        rows = sql.in_order(parts)
        self._insert(head, rows)
        self._delete(head, oldest, int(late.time_us[-1]))
        return len(late)

    def _next(self, head: Head, block: Block) -> Block | None:
        if block.last_us == LATEST:
            return None
        return next(self._kept(head).blocks(block.last_us + 1, LATEST), None)

    def _join(self, head: Head) -> int:
        """Make the small blocks at a stream's end into large ones; return how many rows they have.

        What came late in their time goes with them.
        """
        kept = self._kept(head)
        small: list[Block] = []
        found = 0
        for block in kept.blocks(EARLIEST, LATEST, newest=True):
            if block.length >= self._block_rows or found >= MOST_JOINED * self._block_rows:
                break
            small.append(block)
            found += block.length
        if len(small) < 2:  # noqa: PLR2004 - one alone has nothing to be joined with
            return 0
        first_us, last_us = small[-1].first_us, small[0].last_us
        late = kept.unsealed(first_us, last_us)
        rows = sql.in_order([*kept.rows_of_all([block.id for block in small]), late])
        blocks.delete_neighbours(self._connection, head.tenant, head.key, small)
        if len(late):
            self._delete(head, first_us, last_us)
        self._insert(head, rows)
        return len(rows)

    def _insert(self, head: Head, rows: Observations) -> None:
        """Seal rows into blocks of about one size: twice the usual at most."""
        count = max(len(rows) // self._block_rows, 1)
        edges = np.linspace(0, len(rows), count + 1).astype(np.int64).tolist()
        if head.keyed:
            edges = _between_times(rows, edges)
        for first, last in pairwise(edges):
            part = rows.take(slice(first, last))
            blocks.insert(self._connection, head.tenant, part, run_rows=self._run_rows)
        newest = int(rows.time_us[-1])
        head.sealed_us = newest if head.sealed_us is None else max(head.sealed_us, newest)
        head.sealed_seq = max(head.sealed_seq, int(rows.seq.max()))

    def _delete(self, head: Head, first_us: int, last_us: int) -> None:
        self._connection.execute(_DELETE, (head.tenant, head.key, first_us, last_us))

    def _kept(self, head: Head) -> KeptRows:
        return KeptRows(self._connection, head.tenant, head.key, wide=head.wide)


def _after(sealed_us: int | None) -> int:
    """Return the earliest time that is not sealed."""
    return EARLIEST if sealed_us is None else sealed_us + 1


def _whole_times(rows: Observations) -> Observations:
    """Return rows without those of the last time, of which there may be more."""
    return rows.take(slice(0, int(np.searchsorted(rows.time_us, rows.time_us[-1]))))


def _between_times(rows: Observations, edges: list[int]) -> list[int]:
    """Move edges to where the time changes."""
    inner = np.searchsorted(rows.time_us, rows.time_us[edges[1:-1]])
    return [0, *np.unique(inner[inner > 0]).tolist(), len(rows)]


def _conflict() -> ObservationConflict:
    return ObservationConflict(sql.STORED_ALREADY)
