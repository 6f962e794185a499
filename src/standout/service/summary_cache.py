"""Summaries of streams that nobody uses: they stay as they are until somebody does."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from standout.domain.records import Stream
from standout.schemas.streams import StreamSummary

MAX_ENTRIES = 10_000
"""Some 20 MB."""


class SummaryCache:
    """Summaries by stream id, the least recently made go first; threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[str, tuple[Stream, StreamSummary]] = OrderedDict()
        self._forgotten = 0

    @property
    def ticket(self) -> int:
        """What `put` wants to know: when the reading began that led to a summary."""
        return self._forgotten

    def get(self, record: Stream) -> StreamSummary | None:
        """Return the summary of a stream that is still kept like this, if it is known."""
        entry = self._found.get(record.id)
        return entry[1] if entry is not None and entry[0] == record else None

    def put(self, record: Stream, summary: StreamSummary, ticket: int) -> None:
        """Keep a summary, unless a stream was loaded while it was read: it might be that one."""
        with self._lock:
            if ticket != self._forgotten:
                return
            self._found[record.id] = record, summary
            if len(self._found) > MAX_ENTRIES:
                self._found.popitem(last=False)

    def forget(self, stream_id: str) -> None:
        """Forget a stream that is loaded from now on."""
        with self._lock:
            self._forgotten += 1
            self._found.pop(stream_id, None)
