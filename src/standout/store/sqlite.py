"""Keep streams in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

from standout.domain.labels import Label
from standout.domain.records import Observations, Snapshot, Standing, Stream, WindowColumns
from standout.errors import StoreUnavailable
from standout.store import labels as label_rows
from standout.store import schema, standings, window
from standout.store.connections import ReadPool, open_writer
from standout.store.kept import KeptRows, pages, span
from standout.store.ledger import SELECT_STREAM, STREAM_COLUMNS, Ledger, as_stream
from standout.store.rows import RETAINING
from standout.store.trimming import Trimmer
from standout.store.writer import Writer
from standout.store.writes import Append, Change
from standout.types import Counts, Times

T = TypeVar("T")

_THERE: Final = (
    "SELECT duplicates = 'keep' OR coalesce(channels, '') <> '' FROM streams WHERE key = ?"
)
_NO_STREAM: Final = -1
"""A key that no stream has."""
_LIST: Final = (
    f"SELECT {STREAM_COLUMNS} FROM streams WHERE tenant = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608 - constants
)
_RETAINING: Final = (
    f"SELECT {STREAM_COLUMNS} FROM streams INDEXED BY ix_streams_retaining"  # noqa: S608 - constants
    f" WHERE tenant = ? AND id > ? AND ({RETAINING}) ORDER BY id LIMIT ?"
)
_SNAPSHOT: Final = (
    "SELECT seq, anomalies, last_us, last_value, last_score, state, last_key FROM snapshots"
    " WHERE tenant = ? AND stream = ?"
)


class SqliteStore:
    """A `StreamStore` in one SQLite file, in WAL mode with ``synchronous=FULL``.

    One thread writes, with group commit; reads run beside it. The arrays of an append must not be
    changed before its future is done. Only one process may open a file: see `DataFolder`.

    Parameters
    ----------
    path
        The database file; made if missing, and upgraded if an older version wrote it.
    max_commit_rows
        Rows after which a transaction takes no further write, so that in a flood the first
        answers do not wait for the last rows.
    block_rows
        Rows of a sealed block; a stream has twice as many before its oldest are sealed.

    Raises
    ------
    StoreUnavailable
        The file cannot be opened, is no database, or was written by a newer version.

    Notes
    -----
    A future also raises `ObservationConflict` for a time that is stored already, and
    `StreamNotFound` for a stream that is gone: errors of that write alone.
    """

    def __init__(
        self, path: Path, *, max_commit_rows: int = 50_000, block_rows: int = 1_024
    ) -> None:
        schema.upgrade(path)
        try:
            self._writer = Writer(
                lambda: open_writer(path), max_rows=max_commit_rows, block_rows=block_rows
            )
        except sqlite3.Error as error:
            text = f"The database {path} cannot be opened for writing: {error}."
            raise StoreUnavailable(text) from error
        self._reads = ReadPool(path)

    def create_stream(self, stream: Stream) -> Future[Stream]:
        """Make a stream and give it a key; one that has the id already is returned unchanged."""
        return self._change(lambda ledger: ledger.create_streams([stream])[0])

    def create_streams(self, streams: Sequence[Stream]) -> Future[list[Stream]]:
        """Make several streams in one write; as `create_stream` for each."""
        return self._change(lambda ledger: ledger.create_streams(streams))

    def update_stream(self, stream: Stream) -> Future[None]:
        """Keep what may change of a stream; `StreamNotFound` if it is gone."""
        return self._change(lambda ledger: ledger.update_stream(stream))

    def delete_stream(self, stream: Stream) -> Future[None]:
        """Forget a stream; its rows cannot be read any more, and leave the file by and by."""
        return self._change(lambda ledger: ledger.delete_stream(stream))

    def add_label(self, label: Label) -> Future[Label]:
        """Keep a label; the same person's on the same stretch takes the former's place."""
        return self._change(lambda ledger: ledger.add_label(label))

    def delete_label(self, stream: Stream, number: int) -> Future[bool]:
        """Forget a label; False if the stream has none of this number."""
        return self._change(lambda ledger: ledger.delete_label(stream, number))

    def labels(self, stream: Stream, *, limit: int, after: int) -> list[Label]:
        """Return labels by their numbers, those after `after` first."""
        found = self._reads.read(label_rows.SELECT, (stream.tenant, stream.key, after, limit))
        return [label_rows.as_label(row) for row in found]

    def append(self, rows: Observations, snapshots: Sequence[Snapshot] = ()) -> Future[None]:
        """Add rows, and replace the snapshots of their streams, in one transaction."""
        return self._writer.submit(Append(rows=rows, snapshots=snapshots))

    def trim(
        self, stream: Stream, *, before_us: int | None = None, keep_rows: int | None = None
    ) -> Future[int]:
        """Remove some thousand of the oldest rows, each block only as a whole."""
        return self._change(
            lambda ledger: ledger.trim(stream, before_us=before_us, keep_rows=keep_rows)
        )

    def pending(self) -> int:
        """Count the rows that are queued and not yet durable."""
        return self._writer.pending_rows

    def stream(self, tenant: int, stream_id: str) -> Stream | None:
        """Find a stream by its id."""
        found = self._reads.read(SELECT_STREAM, (tenant, stream_id))
        return as_stream(found[0]) if found else None

    def streams(self, tenant: int, *, limit: int, after: str | None = None) -> list[Stream]:
        """List streams by id, those after `after` first."""
        # No id is empty, so every id comes after the empty text.
        found = self._reads.read(_LIST, (tenant, after or "", limit))
        return [as_stream(row) for row in found]

    def snapshot(self, stream: Stream) -> Snapshot | None:
        """Find the newest snapshot."""
        found = self._reads.read(_SNAPSHOT, (stream.tenant, stream.key))
        if not found:
            return None
        return standings.as_snapshot(stream.key, found[0])

    def find_streams(self, tenant: int, ids: Sequence[str]) -> list[Stream]:
        """Find streams by their ids; those that are not there are left out."""
        found = self._reads.read(standings.STREAMS, (json.dumps(ids), tenant))
        return [as_stream(row) for row in found]

    def standings(self, tenant: int, ids: Sequence[str]) -> list[Standing]:
        """Find streams with their snapshots and newest rows, all at one moment."""
        found = self._reads.read(standings.STANDINGS, (json.dumps(ids), tenant))
        return [standings.as_standing(row) for row in found]

    def retaining(self, tenant: int, *, limit: int, after: str | None = None) -> list[Stream]:
        """List the streams that have a limit of what is kept, as `streams`."""
        found = self._reads.read(_RETAINING, (tenant, after or "", limit))
        return [as_stream(row) for row in found]

    def tail(
        self, stream: Stream, *, after_us: int | None, after_key: int | None = None
    ) -> Observations:
        """Return the rows newer than `after_us` (all for None), oldest first."""
        bounds, behind = pages(after_us, after_key)
        return self._read(stream, lambda kept: kept.between(*bounds, behind=behind))

    def lookup(self, stream: Stream, times_us: Times) -> Observations:
        """Return the rows stored at these times, ascending; a time without a row gives none."""
        return self._read(stream, lambda kept: kept.at(times_us))

    def lookup_keys(self, stream: Stream, keys: Counts) -> Observations:
        """Return the rows stored under these keys, by time; a key without a row gives none."""
        return self._read(stream, lambda kept: kept.under(keys))

    def newest_seq(self, stream: Stream) -> int:
        """Return the highest arrival number of all rows; 0 if none are kept."""
        return self._read(stream, KeptRows.newest_seq)

    def since(self, stream: Stream, *, after_seq: int, limit: int) -> Observations:
        """Return `limit` of the rows that arrived after one, in order of arrival."""
        return self._read(stream, lambda kept: kept.since(after_seq, limit=limit))

    def cut(self, stream: Stream, *, keep_rows: int) -> int | None:
        """Return the time up to which all rows may go; None if all must stay."""
        with self._reads.moment() as connection:
            found = Trimmer(connection, stream.tenant, stream.key).cut(keep_rows)
            kept = KeptRows(connection, stream.tenant, stream.key)
            return found if kept.holds_before(found) else None

    def latest(self, stream: Stream, *, limit: int, before_us: int | None = None) -> Observations:
        """Return the newest rows (of those before `before_us`), oldest first."""
        bounds = span(to_us=before_us)
        return self._read(stream, lambda kept: kept.newest(*bounds, limit=limit))

    def scan(
        self,
        stream: Stream,
        *,
        limit: int,
        after_us: int | None = None,
        after_key: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> Observations:
        """Return rows in [`from_us`, `to_us`) and after `after_us`, oldest first."""
        bounds, behind = pages(after_us, after_key, from_us=from_us, to_us=to_us)
        return self._read(stream, lambda kept: kept.between(*bounds, limit=limit, behind=behind))

    def anomalies(
        self,
        stream: Stream,
        *,
        limit: int,
        after_us: int | None = None,
        after_key: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> Observations:
        """Return flagged rows in [`from_us`, `to_us`) and after `after_us`, oldest first."""
        bounds, behind = pages(after_us, after_key, from_us=from_us, to_us=to_us)
        return self._read(stream, lambda kept: kept.flagged(*bounds, limit=limit, behind=behind))

    def window(
        self,
        stream: Stream,
        *,
        px: int,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> WindowColumns:
        """Sum up the rows in [`from_us`, `to_us`), or all, in at most `px` columns."""
        return self._read(
            stream, lambda kept: window.read(kept, px=px, from_us=from_us, to_us=to_us)
        )

    def check(self) -> None:
        """Raise `StoreUnavailable` if the last write failed or the store is closed."""
        if self._writer.closed:
            raise StoreUnavailable("The store is closed; open it again to use it.")
        failure = self._writer.failure
        if failure is not None:
            raise StoreUnavailable(failure)

    def write(self, apply: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a write of other tables than the streams', behind all that were queued before."""
        return self._change(lambda ledger: ledger.apply(apply))

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Return all rows of one statement."""
        return self._reads.read(sql, values)

    def close(self) -> None:
        """Finish the queued writes and let go of the files; a second call does nothing."""
        # The connection that closes last tidies the log away, and only a writer can.
        self._reads.close()
        self._writer.close()

    def _change(self, apply: Callable[[Ledger], Any]) -> Future[Any]:
        return self._writer.submit(Change(apply=apply))

    def _read(self, stream: Stream, read: Callable[[KeptRows], T]) -> T:
        """Read rows of a stream, at one moment."""
        with self._reads.moment() as connection:
            # The rows of a deleted stream go by and by, but are not seen any more.
            there = connection.execute(_THERE, (stream.key,)).fetchone()
            if there is None:
                return read(KeptRows(connection, stream.tenant, _NO_STREAM))
            return read(KeptRows(connection, stream.tenant, stream.key, wide=bool(there[0])))
