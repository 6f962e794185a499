"""Blocks as they are written: rows of one stream, sealed into one row of SQL each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from standout.domain.records import Observations
from standout.store import coding, summaries
from standout.store import rows as sql
from standout.store.heads import Head
from standout.store.kept import Block
from standout.types import Counts

_INSERT_ROWS: Final = "INSERT INTO block_rows (runs, data) VALUES (?, ?)"
_INSERT_BLOCK: Final = f"INSERT INTO blocks VALUES ({', '.join('?' * 12)})"  # noqa: S608
_INSERT_NUMBERED: Final = "INSERT INTO block_rows (id, runs, data) VALUES (?, ?, ?)"
_NEXT_ID: Final = "SELECT coalesce(max(id), 0) + 1 FROM block_rows"
_DELETE_BLOCKS: Final = (
    "DELETE FROM blocks WHERE tenant = ? AND stream = ? AND first_us BETWEEN ? AND ?"
)
_DELETE_ALL_ROWS: Final = "DELETE FROM block_rows WHERE id IN (SELECT value FROM json_each(?))"
_DELETE_BLOCK: Final = "DELETE FROM blocks WHERE tenant = ? AND stream = ? AND first_us = ?"
_DELETE_ROWS: Final = "DELETE FROM block_rows WHERE id = ?"
# A block that is written anew has the copies of its flagged rows already.
_INSERT_FLAGS: Final = {
    wide: sql.insert_sql(1, conflict="IGNORE", table="flags", wide=wide) for wide in (False, True)
}


def insert(
    connection: sqlite3.Connection, tenant: int, rows: Observations, *, run_rows: int
) -> None:
    """Seal rows of one stream, in order of time, into one block with runs of `run_rows`."""
    runs = summaries.runs(rows, length=run_rows)
    whole = summaries.whole(runs)
    data = (summaries.to_bytes(runs), coding.encode(rows))
    block_id = connection.execute(_INSERT_ROWS, data).lastrowid
    values = (
        tenant,
        int(rows.stream[0]),
        int(rows.time_us[0]),
        int(rows.time_us[-1]),
        int(rows.seq.min()),
        int(rows.seq.max()),
        len(rows),
        int(whole["anomalies"][0]),
        summaries.to_bytes(whole),
        block_id,
        None if rows.key is None else int(rows.key.min()),
        None if rows.key is None else int(rows.key.max()),
    )
    connection.execute(_INSERT_BLOCK, values)
    _copy_flagged(connection, rows, np.full(len(rows), tenant))


def insert_small(
    connection: sqlite3.Connection,
    heads: Sequence[Head],
    rows: Observations,
    counts: Counts,
    *,
    run_rows: int,
) -> None:
    """Seal plain rows of several streams, `counts` of each in order of time, into a block each."""
    starts = np.cumsum(counts) - counts
    places = np.arange(len(rows)) - np.repeat(starts, counts)
    runs = summaries.merged(summaries.of_rows(rows), np.flatnonzero(places % run_rows == 0))
    runs_of = -(-counts // run_rows)
    first_runs = np.cumsum(runs_of) - runs_of
    whole = summaries.merged(runs, first_runs)
    (first_id,) = connection.execute(_NEXT_ID).fetchone()
    ids = range(first_id, first_id + len(heads))
    told = _cut(summaries.to_bytes(runs), np.append(first_runs, len(runs)))
    data = zip(ids, told, coding.pack(rows, starts), strict=True)
    connection.executemany(_INSERT_NUMBERED, data)
    values = zip(
        [head.tenant for head in heads],
        [head.key for head in heads],
        rows.time_us[starts].tolist(),
        rows.time_us[starts + counts - 1].tolist(),
        np.minimum.reduceat(rows.seq, starts).tolist(),
        np.maximum.reduceat(rows.seq, starts).tolist(),
        counts.tolist(),
        whole["anomalies"].tolist(),
        _cut(summaries.to_bytes(whole), np.arange(len(heads) + 1)),
        ids,
        [None] * len(heads),
        [None] * len(heads),
        strict=True,
    )
    connection.executemany(_INSERT_BLOCK, values)
    _copy_flagged(connection, rows, np.repeat([head.tenant for head in heads], counts))


def _cut(data: bytes, edges: Counts) -> list[bytes]:
    """Return the bytes of summaries from each edge up to the next."""
    places = (edges * summaries.SUMMARY.itemsize).tolist()
    return [data[first:last] for first, last in pairwise(places)]


def _copy_flagged(connection: sqlite3.Connection, rows: Observations, tenants: Counts) -> None:
    """Copy the flagged rows to where they are found without reading the blocks."""
    flags = rows.score >= sql.ANOMALY_SCORE
    if flags.any():
        flagged = rows.take(flags)
        flat = sql.parameters(flagged, tenants[flags])
        width = len(flat) // len(flagged)
        copies = (flat[i : i + width] for i in range(0, len(flat), width))
        connection.executemany(_INSERT_FLAGS[sql.is_wide(flagged)], copies)


def delete_neighbours(
    connection: sqlite3.Connection, tenant: int, key: int, found: Sequence[Block]
) -> None:
    """Remove blocks of a stream, of which none between the first and the last is missing."""
    first_us = min(block.first_us for block in found)
    last_us = max(block.first_us for block in found)
    connection.execute(_DELETE_BLOCKS, (tenant, key, first_us, last_us))
    connection.execute(_DELETE_ALL_ROWS, (json.dumps([block.id for block in found]),))


def delete(connection: sqlite3.Connection, tenant: int, key: int, block: Block) -> None:
    """Remove a block of a stream; the copies of its flagged rows stay."""
    connection.execute(_DELETE_BLOCK, (tenant, key, block.first_us))
    connection.execute(_DELETE_ROWS, (block.id,))
