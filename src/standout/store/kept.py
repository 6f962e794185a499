"""The rows of one stream as they lie in the database: newest and late ones as rows, others sealed.

A block is a run of rows as one row of SQL. The blocks of a stream do not overlap; rows that came
late, at a time within a block, stay among the unsealed ones, and are merged in here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from standout.domain.records import Observations
from standout.store import coding, summaries
from standout.store import rows as sql
from standout.store.summaries import Summaries
from standout.types import Counts, Times

EARLIEST: Final = -(2**63)
LATEST: Final = 2**63 - 1
"""The bounds of time in the database."""

_OF_STREAM: Final = "tenant = ? AND stream = ?"
_WITHIN: Final = f"{_OF_STREAM} AND time_us BETWEEN ? AND ?"
_FLAGGED: Final = f"{sql.SELECT} INDEXED BY ix_observations_flagged WHERE {_WITHIN}"
_AT: Final = (
    f"{sql.SELECT} WHERE {_OF_STREAM} AND time_us IN (SELECT value FROM json_each(?))"  # noqa: S608
    " ORDER BY time_us"
)
# Since blocks do not overlap, the one that holds a time is the last that begins before it.
_BLOCKS: Final = f"""
    FROM blocks WHERE {_OF_STREAM} AND first_us <= ? AND last_us >= ? AND first_us >= coalesce(
        (SELECT max(first_us) FROM blocks WHERE {_OF_STREAM} AND first_us <= ?), ?)
    ORDER BY first_us"""  # noqa: S608 - constants


def span(
    *, after_us: int | None = None, from_us: int | None = None, to_us: int | None = None
) -> tuple[int, int]:
    """Return the first and last time of a range; of an empty one, the last comes first."""
    first_us = EARLIEST if from_us is None else from_us
    if after_us is not None:
        first_us = max(first_us, after_us + 1)
    last_us = LATEST if to_us is None else to_us - 1
    return (first_us, last_us) if first_us <= last_us else (LATEST, EARLIEST)


class Block(NamedTuple):
    """Where a block is, and how many rows it has."""

    first_us: int
    last_us: int
    length: int
    id: int


class KeptRows:
    """Rows of one stream, read within one transaction so that nothing moves meanwhile.

    Times `first_us` and `last_us` are bounds that belong to the range.

    Parameters
    ----------
    connection
        In a transaction, where sealing may go on beside it.
    tenant, key
        The stream's.
    """

    def __init__(self, connection: sqlite3.Connection, tenant: int, key: int) -> None:
        self._connection = connection
        self._place = (tenant, key)

    def between(self, first_us: int, last_us: int, *, limit: int | None = None) -> Observations:
        """Return the oldest `limit` rows, oldest first."""
        unsealed = self.unsealed(first_us, last_us, limit=limit)
        if limit is not None and len(unsealed) == limit:
            last_us = int(unsealed.time_us[-1])
        parts, found = [], 0
        for block in self.blocks(first_us, last_us):
            parts.append(_within(self.rows_of(block.id), first_us, last_us))
            found += len(parts[-1])
            if limit is not None and found >= limit:
                break
        return sql.in_order([*parts, unsealed]).take(slice(0, limit))

    def newest(self, first_us: int, last_us: int, *, limit: int) -> Observations:
        """Return the newest `limit` rows, oldest first."""
        unsealed = self.unsealed(first_us, last_us, limit=limit, newest=True)
        if len(unsealed) == limit:
            first_us = int(unsealed.time_us[0])
        parts, found = [], 0
        for block in self.blocks(first_us, last_us, newest=True):
            parts.append(_within(self.rows_of(block.id), first_us, last_us))
            found += len(parts[-1])
            if found >= limit:
                break
        rows = sql.in_order([*parts[::-1], unsealed])
        return rows.take(slice(max(len(rows) - limit, 0), None))

    def at(self, times_us: Times) -> Observations:
        """Return the rows at these times, ascending."""
        if not len(times_us):
            return Observations.empty()
        times = np.unique(times_us)
        found = self._all(_AT, json.dumps(times.tolist()))
        return sql.in_order([*self._sealed_at(times), sql.observations(found)])

    def flagged(self, first_us: int, last_us: int, *, limit: int) -> Observations:
        """Return the oldest `limit` flagged rows, oldest first."""
        bounds = (first_us, last_us, limit)
        unsealed = self._all(f"{_FLAGGED} AND {sql.FLAGGED} ORDER BY time_us LIMIT ?", *bounds)
        query = f"{sql.SELECT_FLAGS} WHERE {_WITHIN} ORDER BY time_us LIMIT ?"
        sealed = self._all(query, *bounds)
        parts = [sql.observations(found) for found in (sealed, unsealed)]
        return sql.in_order(parts).take(slice(0, limit))

    def unsealed(
        self, first_us: int, last_us: int, *, limit: int | None = None, newest: bool = False
    ) -> Observations:
        """Return the rows that no block holds, oldest first."""
        order = "DESC" if newest else "ASC"
        query = f"{sql.SELECT} WHERE {_WITHIN} ORDER BY time_us {order} LIMIT ?"
        found = self._all(query, first_us, last_us, -1 if limit is None else limit)
        return sql.observations(found[::-1] if newest else found)

    def count_unsealed(self, first_us: int, last_us: int, *, most: int) -> int:
        """Count the rows that no block holds, up to `most`."""
        query = f"SELECT 1 FROM observations WHERE {_WITHIN} LIMIT ?"  # noqa: S608 - constants
        return int(self._one(f"SELECT count(*) FROM ({query})", first_us, last_us, most)[0])  # noqa: S608

    def blocks(self, first_us: int, last_us: int, *, newest: bool = False) -> Iterator[Block]:
        """Return the blocks with rows in a range, the oldest or the newest first."""
        query = f"SELECT first_us, last_us, count, id {_BLOCKS} {'DESC' if newest else 'ASC'}"
        return map(Block._make, self._run(query, *self._bounds(first_us, last_us)))

    def rows_of(self, block_id: int) -> Observations:
        """Return all rows of a block."""
        return coding.decode(self._place[1], self._data(block_id))

    def summaries(self, first_us: int, last_us: int) -> tuple[Counts, Summaries]:
        """Return the ids of the blocks with rows in a range, and their summaries."""
        found = self._all(f"SELECT id, summary {_BLOCKS}", *self._bounds(first_us, last_us))
        ids = np.array([block_id for block_id, _ in found], np.int64)
        return ids, summaries.from_bytes(b"".join(summary for _, summary in found))

    def runs(self, ids: Counts) -> list[Summaries]:
        """Return the runs of each of these blocks."""
        query = "SELECT id, runs FROM block_rows WHERE id IN (SELECT value FROM json_each(?))"
        found = dict(self._connection.execute(query, (json.dumps(ids.tolist()),)))
        return [summaries.from_bytes(found[block_id]) for block_id in ids.tolist()]

    def newest_seq(self) -> int:
        """Return the highest arrival number of all rows; 0 if there are none."""
        query = "SELECT (SELECT max({}) FROM {} WHERE tenant = ? AND stream = ?)"
        asked = (query.format("last_seq", "blocks"), query.format("seq", "observations"))
        return max(self._one(question)[0] or 0 for question in asked)

    def _sealed_at(self, times: Times) -> list[Observations]:
        blocks = list(self.blocks(int(times[0]), int(times[-1])))
        firsts = np.array([block.first_us for block in blocks], np.int64)
        owners = np.searchsorted(firsts, times, side="right") - 1
        parts = []
        for owner in np.unique(owners[owners >= 0]).tolist():
            wanted = times[owners == owner]
            if wanted[0] <= blocks[owner].last_us:
                rows = self.rows_of(blocks[owner].id)
                parts.append(rows.take(np.isin(rows.time_us, wanted)))
        return parts

    def holds_any(self, times: Times) -> bool:
        """Tell whether a block holds a row at one of these times, which ascend."""
        for block in self.blocks(int(times[0]), int(times[-1])):
            asked = times[np.searchsorted(times, block.first_us) :]
            if asked.size and asked[0] <= block.last_us:
                sealed = coding.decode_times(self._place[1], self._data(block.id))
                if np.isin(sealed, asked).any():
                    return True
        return False

    def _bounds(self, first_us: int, last_us: int) -> tuple[int, ...]:
        return (last_us, first_us, *self._place, first_us, first_us)

    def _data(self, block_id: int) -> bytes:
        found = self._connection.execute("SELECT data FROM block_rows WHERE id = ?", (block_id,))
        row = found.fetchone()
        # A row that is missing is as damaged as one that is empty.
        return bytes(row[0]) if row is not None else b""

    def _run(self, query: str, *values: Any) -> sqlite3.Cursor:
        return self._connection.execute(query, (*self._place, *values))

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._run(query, *values).fetchall()

    def _one(self, query: str, *values: Any) -> Any:
        return self._run(query, *values).fetchone()


def _within(rows: Observations, first_us: int, last_us: int) -> Observations:
    first = int(np.searchsorted(rows.time_us, first_us))
    last = int(np.searchsorted(rows.time_us, last_us, side="right"))
    return rows if last - first == len(rows) else rows.take(slice(first, last))
