"""Keep streams in memory, for tests and for trying things out; nothing outlives the process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TypeVar

import numpy as np

from standout.domain.labels import Label
from standout.domain.records import Observations, Snapshot, Standing, Stream, WindowColumns
from standout.errors import StandoutError, StoreUnavailable, StreamNotFound
from standout.store import summaries, window
from standout.store.history import History
from standout.store.kept import EARLIEST
from standout.store.rows import ANOMALY_SCORE
from standout.types import Counts, Times

T = TypeVar("T")

_FIXED = (
    "id",
    "key",
    "tenant",
    "window",
    "detector",
    "detector_version",
    "params",
    "created_us",
    "duplicates",
    "expired_us",
)
"""What no update of a stream changes."""


@dataclass(slots=True)
class _Kept:
    """A stream with all that belongs to it."""

    stream: Stream
    rows: History = field(default_factory=History)
    snapshot: Snapshot | None = None
    labels: list[Label] = field(default_factory=list)


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
        self._last_label = 0
        self._closed = False

    def create_stream(self, stream: Stream) -> Future[Stream]:
        """Make a stream and give it a key; one that has the id already is returned unchanged."""
        return self._done(lambda: self._make(stream))

    def create_streams(self, streams: Sequence[Stream]) -> Future[list[Stream]]:
        """Make several streams in one write; as `create_stream` for each."""
        return self._done(lambda: [self._make(stream) for stream in streams])

    def _make(self, stream: Stream) -> Stream:
        key = self._keys.get((stream.tenant, stream.id))
        if key is not None:
            return self._kept[key].stream
        self._last_key += 1
        made = replace(stream, key=self._last_key, params=dict(stream.params))
        self._kept[made.key] = _Kept(made)
        self._keys[made.tenant, made.id] = made.key
        return made

    def update_stream(self, stream: Stream) -> Future[None]:
        """Keep what may change of a stream; `StreamNotFound` if it is gone."""

        def write() -> None:
            kept = self._find(stream.key)
            fixed = {name: getattr(kept.stream, name) for name in _FIXED}
            kept.stream = replace(stream, **fixed)

        return self._done(write)

    def delete_stream(self, stream: Stream) -> Future[None]:
        """Forget a stream with all that belongs to it; nothing happens if it is gone."""

        def write() -> None:
            kept = self._kept.pop(stream.key, None)
            if kept is not None:
                del self._keys[kept.stream.tenant, kept.stream.id]

        return self._done(write)

    def add_label(self, label: Label) -> Future[Label]:
        """Keep a label; the same person's on the same stretch takes the former's place."""

        def write() -> Label:
            kept = self._find(label.stream).labels
            for i, former in enumerate(kept):
                if _place(former) == _place(label):
                    kept[i] = replace(label, id=former.id)
                    return kept[i]
            self._last_label += 1
            kept.append(replace(label, id=self._last_label))
            return kept[-1]

        return self._done(write)

    def delete_label(self, stream: Stream, number: int) -> Future[bool]:
        """Forget a label; False if the stream has none of this number."""

        def write() -> bool:
            kept = self._find(stream.key).labels
            rest = [label for label in kept if label.id != number]
            gone = len(rest) < len(kept)
            kept[:] = rest
            return gone

        return self._done(write)

    def labels(self, stream: Stream, *, limit: int, after: int) -> list[Label]:
        """Return labels by their numbers, those after `after` first."""
        with self._open():
            kept = self._kept.get(stream.key)
            found = [] if kept is None else kept.labels
            return [label for label in found if label.id > after][:limit]

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

    def trim(
        self, stream: Stream, *, before_us: int | None = None, keep_rows: int | None = None
    ) -> Future[int]:
        """Remove the oldest rows, all that were asked for."""

        def write() -> int:
            kept = self._find(stream.key)
            ends = [None if before_us is None else before_us - 1]
            ends += [None if keep_rows is None else kept.rows.cut(keep_rows)]
            expired = max((end for end in ends if end is not None), default=None)
            if expired is not None and expired >= EARLIEST:
                former = kept.stream.expired_us
                expired = expired if former is None else max(expired, former)
                kept.stream = replace(kept.stream, expired_us=expired)
            return kept.rows.trim(before_us=before_us, keep_rows=keep_rows)

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

    def retaining(self, tenant: int, *, limit: int, after: str | None = None) -> list[Stream]:
        """List the streams that have a limit of what is kept, as `streams`."""
        found = self.streams(tenant, limit=len(self._keys), after=after)
        return [s for s in found if s.keep_us is not None or s.keep_rows is not None][:limit]

    def find_streams(self, tenant: int, ids: Sequence[str]) -> list[Stream]:
        """Find streams by their ids; those that are not there are left out."""
        return [standing.stream for standing in self.standings(tenant, ids)]

    def standings(self, tenant: int, ids: Sequence[str]) -> list[Standing]:
        """Find streams with their snapshots and newest rows."""
        with self._open():
            keys = [self._keys[tenant, name] for name in ids if (tenant, name) in self._keys]
            kept = [self._kept[key] for key in keys]
            return [Standing(k.stream, k.snapshot, k.rows.newest_seq()) for k in kept]

    def snapshot(self, stream: Stream) -> Snapshot | None:
        """Find the newest snapshot."""
        with self._open():
            kept = self._kept.get(stream.key)
            return None if kept is None else kept.snapshot

    def tail(
        self, stream: Stream, *, after_us: int | None, after_key: int | None = None
    ) -> Observations:
        """Return the rows newer than `after_us` (all for None), oldest first."""
        return self._read(stream, lambda rows: rows.between(after_us=after_us, after_key=after_key))

    def lookup(self, stream: Stream, times_us: Times) -> Observations:
        """Return the rows stored at these times, ascending; a time without a row gives none."""
        return self._read(stream, lambda rows: rows.at(times_us))

    def lookup_keys(self, stream: Stream, keys: Counts) -> Observations:
        """Return the rows stored under these keys, by time; a key without a row gives none."""
        return self._read(stream, lambda rows: rows.under(keys))

    def newest_seq(self, stream: Stream) -> int:
        """Return the highest arrival number of all rows; 0 if none are kept."""
        with self._open():
            kept = self._kept.get(stream.key)
            return 0 if kept is None else kept.rows.newest_seq()

    def since(self, stream: Stream, *, after_seq: int, limit: int) -> Observations:
        """Return the oldest `limit` rows that arrived after one, in order of arrival."""
        return self._read(stream, lambda rows: rows.since(after_seq, limit=limit))

    def cut(self, stream: Stream, *, keep_rows: int) -> int | None:
        """Return the time up to which all rows may go; None if all must stay."""
        with self._open():
            kept = self._kept.get(stream.key)
            return None if kept is None else kept.rows.cut(keep_rows)

    def latest(self, stream: Stream, *, limit: int, before_us: int | None = None) -> Observations:
        """Return the newest rows (of those before `before_us`), oldest first."""
        return self._read(stream, lambda rows: rows.newest(limit, before_us=before_us))

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

        def read(rows: History) -> Observations:
            found = rows.between(
                after_us=after_us, after_key=after_key, from_us=from_us, to_us=to_us
            )
            return found.take(np.flatnonzero(found.score >= ANOMALY_SCORE)[:limit])

        return self._read(stream, read)

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
        return self._read(
            stream,
            lambda rows: rows.between(
                after_us=after_us, after_key=after_key, from_us=from_us, to_us=to_us, limit=limit
            ),
        )

    def window(
        self,
        stream: Stream,
        *,
        px: int,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> WindowColumns:
        """Sum up the rows in [`from_us`, `to_us`), or all, in at most `px` columns."""
        everything = self._read(stream, History.between)
        parts = summaries.of_rows(
            self._read(stream, lambda rows: rows.between(from_us=from_us, to_us=to_us))
        )
        seq = int(everything.seq.max(initial=0))
        return window.columns(parts, px=px, from_us=from_us, to_us=to_us, seq=seq)

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


def _place(label: Label) -> tuple[int, int, str]:
    return label.from_us, label.to_us, label.who
