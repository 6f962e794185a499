"""What a writer does inside its transactions, in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from standout.domain.labels import Label
from standout.domain.records import Observations, Snapshot, Stream
from standout.errors import StreamNotFound
from standout.store import labels
from standout.store.appends import Appender
from standout.store.heads import Heads
from standout.store.kept import EARLIEST, LATEST
from standout.store.sealing import Sealer
from standout.store.trimming import Trimmer

STREAM_COLUMNS: Final = (
    "tenant, id, key, window, detector, detector_version, params, tz, time_unit, created_us"
)
SELECT_STREAM: Final = f"SELECT {STREAM_COLUMNS} FROM streams WHERE tenant = ? AND id = ?"  # noqa: S608

TRIM_ROWS: Final = 5_000
"""Rows that one write removes."""

_INSERT_STREAM: Final = f"INSERT INTO streams ({STREAM_COLUMNS}) VALUES ({', '.join('?' * 10)})"  # noqa: S608
_PUT_SNAPSHOT: Final = f"INSERT OR REPLACE INTO snapshots VALUES ({', '.join('?' * 8)})"  # noqa: S608


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
    block_rows
        Rows of a sealed block.
    """

    def __init__(self, connection: sqlite3.Connection, *, block_rows: int) -> None:
        self._connection = connection
        self._heads = Heads(connection)
        self._sealer = Sealer(connection, block_rows=block_rows)
        self._appender = Appender(connection, self._heads, self._sealer)
        # Keys of the streams that have rows to be sealed, in the order in which they came to it.
        self._to_seal = dict.fromkeys(self._of_older_version())
        # Those that failed are left as they are until the database is opened again.
        self._unsealable: set[int] = set()
        self.purging = True
        """True while a deleted stream may still have rows."""

    @property
    def sealing(self) -> bool:
        """True while a stream has rows to be sealed."""
        return bool(self._to_seal)

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
        self._heads.of(stream.key)
        self._connection.execute(
            "UPDATE streams SET tz = ?, time_unit = ? WHERE tenant = ? AND key = ?",
            (stream.tz, stream.time_unit, stream.tenant, stream.key),
        )

    def add_label(self, label: Label) -> Label:
        """Keep a label of a stream that is there."""
        return labels.put(self._connection, self._heads.of(label.stream).tenant, label)

    def delete_stream(self, stream: Stream) -> None:
        """Make a stream unfindable; its observations are left to `purge`."""
        place = (stream.tenant, stream.key)
        gone = self._connection.execute("DELETE FROM streams WHERE tenant = ? AND key = ?", place)
        if gone.rowcount:
            self._connection.execute("DELETE FROM snapshots WHERE tenant = ? AND stream = ?", place)
            self._connection.execute("DELETE FROM labels WHERE tenant = ? AND stream = ?", place)
            self._connection.execute("INSERT INTO purges VALUES (?, ?)", place)
            self._heads.forget(stream.key)
            self._to_seal.pop(stream.key, None)
            self.purging = True

    def purge(self, rows: int) -> None:
        """Remove at most so many observations of a deleted stream."""
        place = self._connection.execute("SELECT tenant, stream FROM purges LIMIT 1").fetchone()
        if place is None:
            self.purging = False
            return
        if not Trimmer(self._connection, *place).remove(LATEST, rows=rows):
            self._connection.execute("DELETE FROM purges WHERE tenant = ? AND stream = ?", place)

    def trim(self, stream: Stream, *, before_us: int | None, keep_rows: int | None) -> int:
        """Remove some of the oldest rows of a stream; return how many went."""
        head = self._heads.of(stream.key)
        trimmer = Trimmer(self._connection, head.tenant, head.key)
        end_us = EARLIEST - 1 if before_us is None else before_us - 1
        if keep_rows is not None:
            end_us = max(end_us, trimmer.cut(keep_rows))
        # The newest block may be among them.
        self._heads.forget(stream.key)
        return trimmer.remove(end_us, rows=TRIM_ROWS)

    def seal(self, rows: int) -> None:
        """Seal about so many rows, of the streams that have waited longest."""
        moved = 0
        while self._to_seal and moved < rows:
            key = next(iter(self._to_seal))
            due = False
            try:
                head = self._heads.of(key)
                moved += self._sealer.seal(head)
                due = self._sealer.due(head)
            except StreamNotFound:
                pass
            except Exception:
                self._unsealable.add(key)
                raise
            finally:
                # Whatever came of it, the others get their turn.
                del self._to_seal[key]
            if due:
                self._to_seal[key] = None
            else:
                self._connection.execute("DELETE FROM unsealed WHERE stream = ?", (key,))

    def append(self, batches: Sequence[Observations], *, conflict: str) -> None:
        """Insert rows; a stored time undoes the statement ("ABORT") or all ("ROLLBACK")."""
        due = self._appender.append(batches, conflict=conflict)
        self._to_seal |= dict.fromkeys(key for key in due if key not in self._unsealable)

    def put_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Replace the snapshots of these streams; of two of one stream the later one stays."""
        newest = {snapshot.stream: snapshot for snapshot in snapshots}
        values = [
            (
                self._heads.of(s.stream).tenant,
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

    def _of_older_version(self) -> list[int]:
        return [key for (key,) in self._connection.execute("SELECT stream FROM unsealed")]

    @contextmanager
    def _undone_on_error(self, begin: str, end: str, undo: Sequence[str]) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute(end)
        except BaseException:
            # A stream that this block made may be in here, and is gone now.
            self._heads.forget_all()
            # SQLite has rolled back by itself after some errors.
            if self._connection.in_transaction:
                for statement in undo:
                    self._connection.execute(statement)
            raise
