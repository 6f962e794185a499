"""Presence: which streams have a client that may send now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from standout.errors import ConnectionReplaced, StandoutError

Leave: TypeAlias = Callable[[StandoutError], None]


class Presence:
    """One connection a stream; the newest wins."""

    def __init__(self) -> None:
        self._connected: dict[str, Leave] = {}

    def enter(self, stream_id: str, leave: Leave) -> None:
        """Connect a client; `leave` is called with why it must go, if it must."""
        former = self._connected.get(stream_id)
        self._connected[stream_id] = leave
        if former is not None:
            msg = f"A newer connection sends to stream {stream_id!r}; this one is closed."
            former(ConnectionReplaced(msg))

    def dismiss(self, stream_id: str, why: StandoutError) -> None:
        """Tell the client of a stream, if there is one, that it must go."""
        leave = self._connected.get(stream_id)
        if leave is not None:
            leave(why)

    def exit(self, stream_id: str, leave: Leave) -> None:
        """Disconnect the client that entered with `leave`, unless it was replaced."""
        if self._connected.get(stream_id) == leave:
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
