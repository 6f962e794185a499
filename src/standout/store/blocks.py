"""Blocks as they are written: rows of one stream, sealed into one row of SQL each."""

from __future__ import annotations

import sqlite3
from typing import Final

import numpy as np

from standout.domain.records import Observations
from standout.store import coding, summaries
from standout.store import rows as sql
from standout.store.kept import Block

_INSERT_ROWS: Final = "INSERT INTO block_rows (runs, data) VALUES (?, ?)"
_INSERT_BLOCK: Final = f"INSERT INTO blocks VALUES ({', '.join('?' * 12)})"  # noqa: S608
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
    flagged = rows.take(rows.score >= sql.ANOMALY_SCORE)
    if len(flagged):
        flat = sql.parameters(flagged, np.full(len(flagged), tenant))
        width = len(flat) // len(flagged)
        copies = (flat[i : i + width] for i in range(0, len(flat), width))
        connection.executemany(_INSERT_FLAGS[sql.is_wide(flagged)], copies)


def delete(connection: sqlite3.Connection, tenant: int, key: int, block: Block) -> None:
    """Remove a block of a stream; the copies of its flagged rows stay."""
    connection.execute(_DELETE_BLOCK, (tenant, key, block.first_us))
    connection.execute(_DELETE_ROWS, (block.id,))
