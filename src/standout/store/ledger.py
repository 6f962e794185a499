"""What a writer does inside its transactions, in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import numpy as np

from standout.domain.records import Observations, Snapshot, Stream
from standout.errors import StreamNotFound
from standout.store import rows as sql
from standout.types import Counts

STREAM_COLUMNS: Final = (
    "tenant, id, key, window, detector, detector_version, params, tz, time_unit, created_us"
)
SELECT_STREAM: Final = f"SELECT {STREAM_COLUMNS} FROM streams WHERE tenant = ? AND id = ?"  # noqa: S608

_INSERT_STREAM: Final = f"INSERT INTO streams ({STREAM_COLUMNS}) VALUES ({', '.join('?' * 10)})"  # noqa: S608
_PUT_SNAPSHOT: Final = f"INSERT OR REPLACE INTO snapshots VALUES ({', '.join('?' * 8)})"  # noqa: S608
_PURGE: Final = """
    DELETE FROM observations WHERE tenant = :tenant AND stream = :stream AND time_us <= coalesce(
        (SELECT time_us FROM observations WHERE tenant = :tenant AND stream = :stream
         ORDER BY time_us LIMIT 1 OFFSET :rows - 1),
        9223372036854775807)"""


def as_stream(row: Sequence[str | int | None]) -> Stream:
    """Return a selected stream."""
    names = STREAM_COLUMNS.split(", ")
    values = dict(zip(names, row, strict=True))
    return Stream(**values | {"params": json.loads(str(values["params"]))})


class Ledger:
    """The writer's connection, and what it knows of the streams in it.

    Parameters
    ----------
    connection
        Used by this object alone, in one thread at a time.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tenants: dict[int, int] = {}
        self.purging = True
        """True while a deleted stream may still have rows."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end of the block, or roll back and raise what it raised."""
        with self._undone_on_error("BEGIN IMMEDIATE", "COMMIT", ["ROLLBACK"]):
            yield

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo only this block if it raises, and raise what it raised."""
        undo = ["ROLLBACK TO one_write", "RELEASE one_write"]
        with self._undone_on_error("SAVEPOINT one_write", "RELEASE one_write", undo):
            yield

    def create_stream(self, stream: Stream) -> Stream:
        """Insert a stream under a new key, or return the one that has its id."""
        row = self._connection.execute(SELECT_STREAM, (stream.tenant, stream.id)).fetchone()
        if row is not None:
            return as_stream(row)
        self._connection.execute("UPDATE stream_keys SET last = last + 1")
        (key,) = self._connection.execute("SELECT last FROM stream_keys").fetchone()
        made = replace(stream, key=key, params=dict(stream.params))
        values = [getattr(made, name) for name in STREAM_COLUMNS.split(", ")]
        values[6] = json.dumps(made.params, sort_keys=True)
        self._connection.execute(_INSERT_STREAM, values)
        return made

    def update_stream(self, stream: Stream) -> None:
        """Keep the stream's zone and unit."""
        self._tenant(stream.key)
        self._connection.execute(
            "UPDATE streams SET tz = ?, time_unit = ? WHERE tenant = ? AND key = ?",
            (stream.tz, stream.time_unit, stream.tenant, stream.key),
        )

    def delete_stream(self, stream: Stream) -> None:
        """Make a stream unfindable; its observations are left to `purge`."""
        place = (stream.tenant, stream.key)
        gone = self._connection.execute("DELETE FROM streams WHERE tenant = ? AND key = ?", place)
        if gone.rowcount:
            self._connection.execute("DELETE FROM snapshots WHERE tenant = ? AND stream = ?", place)
            self._connection.execute("INSERT INTO purges VALUES (?, ?)", place)
            self._tenants.pop(stream.key, None)
            self.purging = True

    def purge(self, rows: int) -> None:
        """Remove at most so many observations of a deleted stream."""
        place = self._connection.execute("SELECT tenant, stream FROM purges LIMIT 1").fetchone()
        if place is None:
            self.purging = False
            return
        values = {"tenant": place[0], "stream": place[1], "rows": rows}
        if self._connection.execute(_PURGE, values).rowcount < rows:
            self._connection.execute("DELETE FROM purges WHERE tenant = ? AND stream = ?", place)

    def append(self, batches: Sequence[Observations], *, conflict: str) -> None:
        """Insert rows; a stored time undoes the statement ("ABORT") or all ("ROLLBACK").

        "ROLLBACK" is faster by a tenth or more: SQLite then keeps no journal of a statement.
        """
        rows = sql.merged(batches)
        streams, counts = np.unique(rows.stream, return_counts=True)
        tenants = np.array([self._tenant(stream) for stream in streams.tolist()], np.int64)
        many = sql.insert_sql(sql.ROWS_A_STATEMENT, conflict=conflict)
        one = sql.insert_sql(1, conflict=conflict)
        repeated: Counts = np.repeat(tenants, counts)
        for count, values in sql.statements(sql.parameters(rows, repeated)):
            self._connection.execute(one if count == 1 else many, values)

    def put_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Replace the snapshots of these streams; of two of one stream the later one stays."""
        newest = {snapshot.stream: snapshot for snapshot in snapshots}
        values = [
            (
                self._tenant(s.stream),
                s.stream,
                s.seq,
                s.anomalies,
                s.last_us,
                s.last_value,
                s.last_score,
                s.state,
            )
            for s in newest.values()
        ]
        self._connection.executemany(_PUT_SNAPSHOT, values)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _tenant(self, key: int) -> int:
        tenant = self._tenants.get(key)
        if tenant is None:
            query = "SELECT tenant FROM streams WHERE key = ?"
            row = self._connection.execute(query, (key,)).fetchone()
            if row is None:
                raise StreamNotFound(f"No stream has the key {key}; it may have been deleted.")
            tenant = self._tenants[key] = int(row[0])
        return tenant

    @contextmanager
    def _undone_on_error(self, begin: str, end: str, undo: Sequence[str]) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute(end)
        except BaseException:
            # A stream that this block made may be in here, and is gone now.
            self._tenants.clear()
            # SQLite has rolled back by itself after some errors.
            if self._connection.in_transaction:
                for statement in undo:
                    self._connection.execute(statement)
            raise
