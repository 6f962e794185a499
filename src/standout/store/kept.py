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
_BY_FLAG: Final = "observations INDEXED BY ix_observations_flagged"
_BY_KEY: Final = "observations INDEXED BY ix_observations_keyed"
_ANY: Final = "IN (SELECT value FROM json_each(?))"
_AT: Final = f"{_OF_STREAM} AND time_us {_ANY} ORDER BY time_us"
_UNDER: Final = f"{_OF_STREAM} AND {sql.KEYED} AND key {_ANY}"
_BEHIND: Final = "(time_us, key) > (?, ?)"
# Since blocks do not overlap, the one that holds a time is the last that begins before it.
_BLOCKS: Final = f"""
    FROM blocks WHERE {_OF_STREAM} AND first_us <= ? AND last_us >= ? AND first_us >= coalesce(
        (SELECT max(first_us) FROM blocks WHERE {_OF_STREAM} AND first_us <= ?), ?)
    ORDER BY first_us"""  # noqa: S608 - constants


def newest_seq_sql(of_stream: str) -> str:
    """Return the SELECT of the highest arrival number of a stream, told three times by a condition.

    Rows that did not come late arrived in the order of their times.
    """
    return f"""
    SELECT max(
        coalesce((SELECT max(last_seq) FROM blocks WHERE {of_stream}), 0),
        coalesce((SELECT max(seq) FROM observations INDEXED BY ix_observations_late
            WHERE {of_stream} AND {sql.LATE}), 0),
        coalesce((SELECT seq FROM observations WHERE {of_stream} AND NOT {sql.LATE}
            ORDER BY time_us DESC, key DESC LIMIT 1), 0))"""  # noqa: S608 - constants


_NEWEST_SEQ: Final = newest_seq_sql(_OF_STREAM)


def span(
    *, after_us: int | None = None, from_us: int | None = None, to_us: int | None = None
) -> tuple[int, int]:
    """Return the first and last time of a range; of an empty one, the last comes first."""
    first_us = EARLIEST if from_us is None else from_us
    if after_us is not None:
        first_us = max(first_us, after_us + 1)
    last_us = LATEST if to_us is None else to_us - 1
    return (first_us, last_us) if first_us <= last_us else (LATEST, EARLIEST)


class Place(NamedTuple):
    """A row's time and key: where a page ended."""

    time_us: int
    key: int


def pages(
    after_us: int | None,
    after_key: int | None,
    *,
    from_us: int | None = None,
    to_us: int | None = None,
) -> tuple[tuple[int, int], Place | None]:
    """Return the range of a page as `span`, and where the page before it ended within a time."""
    if after_us is None or after_key is None:
        return span(after_us=after_us, from_us=from_us, to_us=to_us), None
    from_us = after_us if from_us is None else max(from_us, after_us)
    return span(from_us=from_us, to_us=to_us), Place(after_us, after_key)


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
    wide
        Whether the stream has keys of its own or several channels.
    """

    def __init__(
        self, connection: sqlite3.Connection, tenant: int, key: int, *, wide: bool = False
    ) -> None:
        self._connection = connection
        self._place = (tenant, key)
        self._wide = wide

    def between(
        self,
        first_us: int,
        last_us: int,
        *,
        limit: int | None = None,
        behind: Place | None = None,
    ) -> Observations:
        """Return the oldest `limit` rows, oldest first; only those behind a place."""
        unsealed = self.unsealed(first_us, last_us, limit=limit, behind=behind)
        if limit is not None and len(unsealed) == limit:
            last_us = int(unsealed.time_us[-1])
        parts, found = [], 0
        for block in self.blocks(first_us, last_us):
            parts.append(_behind(_within(self.rows_of(block.id), first_us, last_us), behind))
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
        unsealed = self._rows("observations", _AT, json.dumps(times.tolist()))
        return sql.in_order([*self._sealed_at(times), unsealed])

    def under(self, keys: Counts) -> Observations:
        """Return the rows under these keys, by time."""
        if not len(keys):
            return Observations.empty()
        wanted = np.unique(keys)
        parts = [self._rows(_BY_KEY, _UNDER, json.dumps(wanted.tolist()))]
        query = f"SELECT id, first_key, last_key FROM blocks WHERE {_OF_STREAM}"  # noqa: S608
        query += " AND first_key <= ? AND last_key >= ?"
        for block_id, first, last in self._all(query, int(wanted[-1]), int(wanted[0])):
            if np.searchsorted(wanted, first) < np.searchsorted(wanted, last, side="right"):
                rows = self.rows_of(block_id)
                if rows.key is not None:
                    parts.append(rows.take(np.isin(rows.key, wanted)))
        return sql.in_order(parts)

    def since(self, seq: int, *, limit: int) -> Observations:
        """Return `limit` of the rows that arrived after the one numbered `seq`, as they arrived."""
        parts = [self._rows("observations", f"{_OF_STREAM} AND seq > ? LIMIT ?", seq, limit)]
        query = f"SELECT id FROM blocks WHERE {_OF_STREAM} AND last_seq > ?"  # noqa: S608
        for (block_id,) in self._run(query, seq):
            if sum(map(len, parts)) >= limit:
                break
            rows = self.rows_of(block_id)
            parts.append(rows.take(rows.seq > seq))
        found = sql.joined(parts)
        return found.take(np.argsort(found.seq)[:limit])

    def flagged(
        self, first_us: int, last_us: int, *, limit: int, behind: Place | None = None
    ) -> Observations:
        """Return the oldest `limit` flagged rows, oldest first; only those behind a place."""
        where, values = _conditions(first_us, last_us, behind)
        end = "ORDER BY time_us, key LIMIT ?"
        unsealed = self._rows(_BY_FLAG, f"{where} AND {sql.FLAGGED} {end}", *values, limit)
        sealed = self._rows("flags", f"{where} {end}", *values, limit)
        return sql.in_order([sealed, unsealed]).take(slice(0, limit))

    def unsealed(
        self,
        first_us: int,
        last_us: int,
        *,
        limit: int | None = None,
        newest: bool = False,
        behind: Place | None = None,
    ) -> Observations:
        """Return the rows that no block holds, oldest first."""
        where, values = _conditions(first_us, last_us, behind)
        order = "DESC" if newest else "ASC"
        end = f"ORDER BY time_us {order}, key {order} LIMIT ?"
        found = self._rows(
            "observations", f"{where} {end}", *values, -1 if limit is None else limit
        )
        return found.take(slice(None, None, -1)) if newest else found

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

    def rows_of_all(self, ids: list[int]) -> list[Observations]:
        """Return all rows of some blocks, in no order."""
        query = f"SELECT data FROM block_rows WHERE id {_ANY}"  # noqa: S608 - constants
        found = self._connection.execute(query, (json.dumps(ids),)).fetchall()
        if len(found) < len(ids):
            return [self.rows_of(block_id) for block_id in ids]  # which says what is missing
        return coding.decode_all(self._place[1], [data for (data,) in found])

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

    def holds_before(self, last_us: int) -> bool:
        """Tell whether there are rows up to a time that may go: blocks only as a whole."""
        if last_us < EARLIEST:
            return False
        oldest = next(self.blocks(EARLIEST, LATEST), None)
        whole = oldest is not None and oldest.last_us <= last_us
        return whole or self.count_unsealed(EARLIEST, last_us, most=1) > 0

    def newest_seq(self) -> int:
        """Return the highest arrival number of all rows; 0 if there are none.

        Those that did not come late arrived in the order of their times.
        """
        found = self._connection.execute(_NEWEST_SEQ, self._place * 3)
        return int(found.fetchone()[0])

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

    def _rows(self, table: str, where: str, *values: Any) -> Observations:
        query = f"{sql.select_sql(table, wide=self._wide)} WHERE {where}"
        return sql.observations(self._all(query, *values))

    def _all(self, query: str, *values: Any) -> list[Any]:
        return self._run(query, *values).fetchall()

    def _one(self, query: str, *values: Any) -> Any:
        return self._run(query, *values).fetchone()


def _conditions(first_us: int, last_us: int, behind: Place | None) -> tuple[str, tuple[int, ...]]:
    if behind is None:
        return _WITHIN, (first_us, last_us)
    return f"{_WITHIN} AND {_BEHIND}", (first_us, last_us, *behind)


def _behind(rows: Observations, place: Place | None) -> Observations:
    if place is None or rows.key is None:
        return rows
    at_or_before = (rows.time_us == place.time_us) & (rows.key <= place.key)
    return rows.take(~at_or_before) if at_or_before.any() else rows


def _within(rows: Observations, first_us: int, last_us: int) -> Observations:
    first = int(np.searchsorted(rows.time_us, first_us))
    last = int(np.searchsorted(rows.time_us, last_us, side="right"))
    return rows if last - first == len(rows) else rows.take(slice(first, last))
