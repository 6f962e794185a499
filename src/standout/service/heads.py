"""Heads: how far a stream has come, without its state."""

from __future__ import annotations

from dataclasses import dataclass

from standout.domain.ports import StreamStore
from standout.domain.records import Stream
from standout.service.loading import Loader


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """How far a stream has come.

    Parameters
    ----------
    record
        The stream.
    seq
        Arrival number of its newest observation; 0 before the first.
    last_us
        Time of its newest observation, microseconds UTC; None before the first.
    """

    record: Stream
    seq: int
    last_us: int | None


class HeadReader:
    """Reads heads: from memory where a stream is loaded, else from its snapshot."""

    def __init__(self, store: StreamStore, loader: Loader) -> None:
        self._store = store
        self._loader = loader

    def read(self, record: Stream) -> Head:
        """Return a stream's head; blocks on the store for one that is not loaded."""
        live = self._loader.loaded(record.id)
        if live is not None:
            return Head(record=live.record, seq=live.seq, last_us=live.scored_us)
        snapshot = self._store.snapshot(record)
        tail = self._store.tail(record, after_us=None if snapshot is None else snapshot.last_us)
        tail = tail.take(~tail.late)
        seq = self._store.newest_seq(record)
        last_us = int(tail.time_us[-1]) if len(tail) else None
        if snapshot is None:
            return Head(record=record, seq=seq, last_us=last_us)
        last_us = snapshot.last_us if last_us is None else last_us
        return Head(record=record, seq=max(seq, snapshot.seq), last_us=last_us)
