"""What a writer does inside its transactions, in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

from standout.domain.labels import Label
from standout.domain.records import Observations, Snapshot, Stream
from standout.errors import StreamNotFound
from standout.store import labels
from standout.store.appends import Appender
from standout.store.heads import Heads
from standout.store.kept import EARLIEST, LATEST
from standout.store.sealing import Sealer
from standout.store.trimming import Trimmer

T = TypeVar("T")

STREAM_COLUMNS: Final = (
    "tenant, id, key, window, detector, detector_version, params, tz, time_unit, created_us,"
    " unit, tags, keep_us, keep_rows, expired_us, duplicates, channels"
)
_NAMES: Final = tuple(STREAM_COLUMNS.split(", "))
SELECT_STREAM: Final = f"SELECT {STREAM_COLUMNS} FROM streams WHERE tenant = ? AND id = ?"  # noqa: S608

_SELECT_STREAMS: Final = (
    f"SELECT {STREAM_COLUMNS} FROM streams WHERE tenant = ?"  # noqa: S608
    " AND id IN (SELECT value FROM json_each(?))"
)

TRIM_ROWS: Final = 5_000
"""Rows that one write removes."""

_INSERT_STREAM: Final = (
    f"INSERT INTO streams ({STREAM_COLUMNS}) VALUES ({', '.join('?' * len(_NAMES))})"  # noqa: S608
)
_MUTABLE: Final = ("tz", "time_unit", "unit", "tags", "keep_us", "keep_rows", "channels")
_UPDATE_STREAM: Final = (
    f"UPDATE streams SET {', '.join(f'{name} = ?' for name in _MUTABLE)}"  # noqa: S608 - constants
    " WHERE tenant = ? AND key = ?"
)
_EXPIRE: Final = (
    "UPDATE streams SET expired_us = max(coalesce(expired_us, ?), ?) WHERE tenant = ? AND key = ?"
)
_PUT_SNAPSHOT: Final = f"INSERT OR REPLACE INTO snapshots VALUES ({', '.join('?' * 9)})"  # noqa: S608


def as_stream(row: Sequence[str | int | None]) -> Stream:
    """Return a selected stream."""
    values: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    values["params"] = json.loads(values["params"])
    values["tags"] = tuple(json.loads(values["tags"]))
    if values["channels"] is not None:
        values["channels"] = tuple(json.loads(values["channels"]))
    return Stream(**values)


def _as_row(stream: Stream) -> dict[str, Any]:
    values = {name: getattr(stream, name) for name in _NAMES}
    values["params"] = json.dumps(stream.params, sort_keys=True)
    values["tags"] = json.dumps(stream.tags)
    values["channels"] = None if stream.channels is None else json.dumps(stream.channels)
    return values


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

    def create_streams(self, streams: Sequence[Stream]) -> list[Stream]:
        """Insert streams under new keys; for an id that there is, return the stream that has it."""
        found = self._named(streams)
        wanted = {(stream.tenant, stream.id): stream for stream in reversed(streams)}
        new = [stream for name, stream in reversed(wanted.items()) if name not in found]
        if new:
            self._connection.execute("UPDATE stream_keys SET last = last + ?", (len(new),))
            (last,) = self._connection.execute("SELECT last FROM stream_keys").fetchone()
            keys = range(last - len(new) + 1, last + 1)
            made = [
                replace(stream, key=key, params=dict(stream.params))
                for stream, key in zip(new, keys, strict=True)
            ]
            self._connection.executemany(_INSERT_STREAM, [tuple(_as_row(m).values()) for m in made])
            for stream in made:
                self._heads.begin(stream)
                found[stream.tenant, stream.id] = stream
        return [found[stream.tenant, stream.id] for stream in streams]

    def _named(self, streams: Sequence[Stream]) -> dict[tuple[int, str], Stream]:
        """Find the streams that there are of these tenants and ids."""
        ids: dict[int, list[str]] = {}
        for stream in streams:
            ids.setdefault(stream.tenant, []).append(stream.id)
        rows = (
            row
            for tenant, names in ids.items()
            for row in self._connection.execute(_SELECT_STREAMS, (tenant, json.dumps(names)))
        )
        return {(found.tenant, found.id): found for found in map(as_stream, rows)}

    def update_stream(self, stream: Stream) -> None:
        """Keep what may change of a stream."""
        self._heads.of(stream.key)
        row = _as_row(stream)
        values = [row[name] for name in _MUTABLE]
        self._connection.execute(_UPDATE_STREAM, (*values, stream.tenant, stream.key))
        # It may have several channels from now on.
        self._heads.forget(stream.key)

    def add_label(self, label: Label) -> Label:
        """Keep a label of a stream that is there."""
        return labels.put(self._connection, self._heads.of(label.stream).tenant, label)

    def delete_label(self, stream: Stream, number: int) -> bool:
        """Forget a label of a stream; tell whether there was one."""
        return labels.delete(self._connection, stream.tenant, stream.key, number)

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
        if end_us >= EARLIEST:
            self._connection.execute(_EXPIRE, (end_us, end_us, head.tenant, head.key))
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
                s.last_key,
            )
            for s in newest.values()
        ]
        self._connection.executemany(_PUT_SNAPSHOT, values)

    def apply(self, write: Callable[[sqlite3.Connection], T]) -> T:
        """Do a write of other tables than the streams'."""
        return write(self._connection)

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
