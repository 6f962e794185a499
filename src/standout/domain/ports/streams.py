"""What the services ask of a store of streams."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from standout.domain.labels import Label
from standout.domain.records import Observations, Snapshot, Standing, Stream, WindowColumns
from standout.types import Counts, Times


class StreamStore(Protocol):
    """Keeps streams, their observations with verdicts, and their detectors' states.

    Writes are queued in the order of the calls and return at once; a write is durable when its
    future is done, and every write that was queued before it is durable too. A write that failed
    raises `StoreUnavailable` from its future and has changed nothing; so do all that were queued
    behind it, since they may build on it. A write that cannot be right fails alone: with
    `ObservationConflict` where a time is stored already, with `StreamNotFound` where the stream
    was deleted.

    Reads block, may be called from any thread, and see every write whose future is done.
    Every call is bounded: a list by its limit, the tail by the distance between two snapshots.
    """

    def create_stream(self, stream: Stream) -> Future[Stream]:
        """Make a stream and give it a key; one that has the id already is returned unchanged."""
        ...

    def create_streams(self, streams: Sequence[Stream]) -> Future[list[Stream]]:
        """Make several streams in one write; as `create_stream` for each."""
        ...

    def update_stream(self, stream: Stream) -> Future[None]:
        """Keep its zone, units, tags, retention and channels; all else stays as it was."""
        ...

    def delete_stream(self, stream: Stream) -> Future[None]:
        """Forget a stream with all that belongs to it; nothing happens if it is gone."""
        ...

    def append(self, rows: Observations, snapshots: Sequence[Snapshot] = ()) -> Future[None]:
        """Add rows, and replace the snapshots of their streams, in one transaction."""
        ...

    def trim(
        self, stream: Stream, *, before_us: int | None = None, keep_rows: int | None = None
    ) -> Future[int]:
        """Remove the oldest rows: those before `before_us`, and all but the newest `keep_rows`.

        State and counters stay as they are; the stream's `expired_us` is told by `stream` after
        it. One call does a bounded part of it and returns how many rows it removed; it is done
        when that is none. A few thousand rows more than asked may stay, until all that were kept
        together with them are old enough.
        """
        ...

    def add_label(self, label: Label) -> Future[Label]:
        """Keep a label; the same person's on the same stretch takes the former's place."""
        ...

    def delete_label(self, stream: Stream, number: int) -> Future[bool]:
        """Forget a label; False if the stream has none of this number."""
        ...

    def labels(self, stream: Stream, *, limit: int, after: int) -> list[Label]:
        """Return labels by their numbers, those after `after` first."""
        ...

    def pending(self) -> int:
        """Count the rows that are queued and not yet durable."""
        ...

    def stream(self, tenant: int, stream_id: str) -> Stream | None:
        """Find a stream by its id."""
        ...

    def streams(self, tenant: int, *, limit: int, after: str | None = None) -> list[Stream]:
        """List streams by id, those after `after` first."""
        ...

    def snapshot(self, stream: Stream) -> Snapshot | None:
        """Find the newest snapshot."""
        ...

    def find_streams(self, tenant: int, ids: Sequence[str]) -> list[Stream]:
        """Find streams by their ids, in no order; those that are not there are left out."""
        ...

    def standings(self, tenant: int, ids: Sequence[str]) -> list[Standing]:
        """Find streams as `find_streams`, with snapshots and newest rows, all at one moment."""
        ...

    def retaining(self, tenant: int, *, limit: int, after: str | None = None) -> list[Stream]:
        """List the streams that have a limit of what is kept, as `streams`."""
        ...

    def tail(
        self, stream: Stream, *, after_us: int | None, after_key: int | None = None
    ) -> Observations:
        """Return the rows newer than `after_us` (all for None), oldest first.

        Rows of one time are in the order of their keys. With `after_key`, those at `after_us`
        with a higher key are newer, too; here and below.
        """
        ...

    def lookup(self, stream: Stream, times_us: Times) -> Observations:
        """Return the rows stored at these times, ascending; a time without a row gives none."""
        ...

    def lookup_keys(self, stream: Stream, keys: Counts) -> Observations:
        """Return the rows stored under these keys, by time; a key without a row gives none."""
        ...

    def newest_seq(self, stream: Stream) -> int:
        """Return the highest arrival number of all rows, late ones included; 0 if none are kept."""
        ...

    def since(self, stream: Stream, *, after_seq: int, limit: int) -> Observations:
        """Return rows that arrived after the one numbered `after_seq`, in order of arrival.

        Any `limit` of them; so it is all of them if there are fewer.
        """
        ...

    def cut(self, stream: Stream, *, keep_rows: int) -> int | None:
        """Return the time up to which all rows may go, so that the newest `keep_rows` stay.

        None if there are no more than that. Up to a block of rows more than that may stay.
        """
        ...

    def latest(self, stream: Stream, *, limit: int, before_us: int | None = None) -> Observations:
        """Return the newest rows (of those before `before_us`), oldest first."""
        ...

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
        ...

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
        ...

    def window(
        self,
        stream: Stream,
        *,
        px: int,
        from_us: int | None = None,
        to_us: int | None = None,
    ) -> WindowColumns:
        """Sum up the rows in [`from_us`, `to_us`), or all, in at most `px` columns of equal time.

        Up to `px` rows are a column each. A row may lie up to a pixel beside its time's own.
        """
        ...

    def check(self) -> None:
        """Raise `StoreUnavailable` if the last write failed or the store is closed."""
        ...

    def close(self) -> None:
        """Finish the queued writes and let go of the files; a second call does nothing."""
        ...
