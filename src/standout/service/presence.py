"""Presence: which streams have a client that may send now."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple, TypeAlias

from standout.errors import ConnectionReplaced, StandoutError

Leave: TypeAlias = Callable[[StandoutError], None]


class Presence:
    """One connection a stream; the newest wins."""

    def __init__(self) -> None:
        self._connected: dict[str, _Entry] = {}
        self._arrivals = count()

    def arrive(self) -> int:
        """Return a connection's place in the order of arrival, which `enter` goes by.

        Between both a stream is loaded, and one that came first may be ready last.
        """
        return next(self._arrivals)

    def enter(self, stream_id: str, leave: Leave, arrived: int | None = None) -> None:
        """Connect a client; `leave` is called with why it must go, if it must.

        Parameters
        ----------
        arrived
            Its place in the order of arrival; without it, it arrives now.
        """
        entry = _Entry(self.arrive() if arrived is None else arrived, leave)
        present = self._connected.get(stream_id)
        older, newer = present, entry
        if present is not None and present.arrived > entry.arrived:
            older, newer = entry, present
        self._connected[stream_id] = newer
        if older is not None:
            msg = f"A newer connection sends to stream {stream_id!r}; this one is closed."
            older.leave(ConnectionReplaced(msg))

    def dismiss(self, stream_id: str, why: StandoutError) -> None:
        """Tell the client of a stream, if there is one, that it must go."""
        entry = self._connected.get(stream_id)
        if entry is not None:
            entry.leave(why)

    def exit(self, stream_id: str, leave: Leave) -> None:
        """Disconnect the client that entered with `leave`, unless it was replaced."""
        entry = self._connected.get(stream_id)
        if entry is not None and entry.leave == leave:
            del self._connected[stream_id]

    def active(self, stream_id: str) -> bool:
        """Tell whether a client is connected."""
        return stream_id in self._connected

    def ids(self) -> list[str]:
        """Return the streams with a client, sorted."""
        return sorted(self._connected)

    def count(self) -> int:
        """Count the clients."""
        return len(self._connected)


class _Entry(NamedTuple):
    arrived: int
    leave: Leave
