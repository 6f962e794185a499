"""Presence: which streams have a client that may send now."""

from __future__ import annotations

from collections.abc import Callable


class Presence:
    """One connection a stream; the newest wins."""

    def __init__(self) -> None:
        self._connected: dict[str, Callable[[], None]] = {}

    def enter(self, stream_id: str, leave: Callable[[], None]) -> None:
        """Connect a client; `leave` is called if a newer one takes its place."""
        former = self._connected.get(stream_id)
        self._connected[stream_id] = leave
        if former is not None:
            former()

    def exit(self, stream_id: str, leave: Callable[[], None]) -> None:
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
