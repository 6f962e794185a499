"""Keep streams in memory, for tests and for trying things out; nothing outlives the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar

import numpy as np

from standout.domain.records import Observations, Snapshot, Stream
from standout.errors import StandoutError, StoreUnavailable, StreamNotFound
from standout.store.history import History
from standout.store.rows import ANOMALY_SCORE
from standout.types import Times

T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    """A stream with all that belongs to it."""

    stream: Stream
    rows: History = field(default_factory=History)
    snapshot: Snapshot | None = None


class MemoryStore:
    """A `StreamStore` in memory. Every future is done when its call returns; threads may share it.

    A future raises `ObservationConflict` for a time that is stored already, and `StreamNotFound`
    for a stream that is gone, as in `SqliteStore`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[int, _Kept] = {}
        self._keys: dict[tuple[int, str], int] = {}
        self._last_key = 0
        self._closed = False

    def create_stream(self, stream: Stream) -> Future[Stream]:
        """Make a stream and give it a key; one that has the id already is returned unchanged."""

        def write() -> Stream:
            key = self._keys.get((stream.tenant, stream.id))
            if key is not None:
                return self._kept[key].stream
            self._last_key += 1
            made = replace(stream, key=self._last_key, params=dict(stream.params))
            self._kept[made.key] = _Kept(made)
            self._keys[made.tenant, made.id] = made.key
            return made

        return self._done(write)

    def update_stream(self, stream: Stream) -> Future[None]:
        """Keep a changed time unit or zone; `StreamNotFound` if the stream is gone."""

        def write() -> None:
            kept = self._find(stream.key)
            kept.stream = replace(kept.stream, tz=stream.tz, time_unit=stream.time_unit)

        return self._done(write)

    def delete_stream(self, stream: Stream) -> Future[None]:
        """Forget a stream with all that belongs to it; nothing happens if it is gone."""

        def write() -> None:
            kept = self._kept.pop(stream.key, None)
            if kept is not None:
                del self._keys[kept.stream.tenant, kept.stream.id]

        return self._done(write)

    def append(self, rows: Observations, snapshots: Sequence[Snapshot] = ()) -> Future[None]:
        """Add rows, and replace the snapshots of their streams, all or nothing."""

        def write() -> None:
            states = [(self._find(snapshot.stream), snapshot) for snapshot in snapshots]
            parts = [
                (self._find(key), rows.take(rows.stream == key))
                for key in np.unique(rows.stream).tolist()
            ]
            for kept, part in parts:
                kept.rows.check(part)
            for kept, part in parts:
                kept.rows.add(part)
            for kept, snapshot in states:
                kept.snapshot = snapshot

        return self._done(write)

    def pending(self) -> int:
        """Return 0: every row is kept when its call returns."""
        return 0

    def stream(self, tenant: int, stream_id: str) -> Stream | None:
        """Find a stream by its id."""
        with self._open():
            key = self._keys.get((tenant, stream_id))
            return None if key is None else self._kept[key].stream

    def streams(self, tenant: int, *, limit: int, after: str | None = None) -> list[Stream]:
        """List streams by id, those after `after` first."""
        with self._open():
            found = (kept.stream for kept in self._kept.values() if kept.stream.tenant == tenant)
            rest = (stream for stream in found if after is None or stream.id > after)
            return sorted(rest, key=lambda stream: stream.id)[:limit]

    def snapshot(self, stream: Stream) -> Snapshot | None:
        """Find the newest snapshot."""
        with self._open():
            kept = self._kept.get(stream.key)
            return None if kept is None else kept.snapshot

    def tail(self, stream: Stream, *, after_us: int | None) -> Observations:
        """Return the rows newer than `after_us` (all for None), oldest first."""
        return self._read(stream, lambda rows: rows.between(after_us=after_us))

    def lookup(self, stream: Stream, times_us: Times) -> Observations:
        """Return the rows stored at these times, ascending; a time without a row gives none."""
        return self._read(stream, lambda rows: rows.at(times_us))

    def latest(self, stream: Stream, *, limit: int, before_us: int | None = None) -> Observations:
        """Return the newest rows (of those before `before_us`), oldest first."""
        return self._read(stream, lambda rows: rows.newest(limit, before_us=before_us))

    def anomalies(
        self,
        stream: Stream,
        *,
        limit: int,
        after_us: int | None = None,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> Observations:
        """Return flagged rows in [`from_us`, `to_us`) and after `after_us`, oldest first."""

        def read(rows: History) -> Observations:
            found = rows.between(after_us=after_us, from_us=from_us, to_us=to_us)
            return found.take(np.flatnonzero(found.score >= ANOMALY_SCORE)[:limit])

        return self._read(stream, read)

    def check(self) -> None:
        """Raise `StoreUnavailable` if the store is closed."""
        if self._closed:
            raise StoreUnavailable("The store is closed; open it again to use it.")

    def close(self) -> None:
        """Refuse everything from now on; a second call does nothing."""
        with self._lock:
            self._closed = True

    def _find(self, key: int) -> _Kept:
        kept = self._kept.get(key)
        if kept is None:
            raise StreamNotFound(f"No stream has the key {key}; it may have been deleted.")
        return kept

    def _done(self, write: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        try:
            with self._open():
                result = write()
        except StandoutError as error:
            future.set_exception(error)
        else:
            future.set_result(result)
        return future

    def _read(self, stream: Stream, read: Callable[[History], Observations]) -> Observations:
        with self._open():
            kept = self._kept.get(stream.key)
            return Observations.empty() if kept is None else read(kept.rows)

    @contextmanager
    def _open(self) -> Iterator[None]:
        with self._lock:
            self.check()
            yield
