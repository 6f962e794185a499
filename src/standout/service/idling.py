"""Streams that nobody uses, kept in memory for a while: the next row need not load its stream."""

from __future__ import annotations

from collections.abc import Iterable

from standout.service.live_stream import LiveStream

MOST_BYTES = 1 << 26
"""States that are kept: 64 MiB, 24,000 streams that vote on a window of 100."""

SPARED = 0.875
"""Part of `MOST_BYTES` that is left when it was exceeded, so that many go at one time."""

OVERHEAD_BYTES = 1_500
"""What a loaded stream takes besides its state."""


class IdleStreams:
    """Loaded streams without a holder, those that were let go of first in front.

    Parameters
    ----------
    most_bytes
        Size up to which they are kept.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        # By identity: a stream that was loaded anew is another one of the same name.
        self._kept: dict[int, tuple[LiveStream, int]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, lives: Iterable[LiveStream]) -> list[LiveStream]:
        """Keep streams as the last to go; return those that are too many, or of no use."""
        useless = []
        for live in lives:
            if live.broken:
                useless.append(live)
            elif id(live) not in self._kept:
                size = OVERHEAD_BYTES + live.width * live.bank.state_bytes
                self._kept[id(live)] = live, size
                self._bytes += size
        return useless + self._too_many()

    def take(self, live: LiveStream) -> None:
        """Let go of a stream that is in use again, or is gone."""
        _, size = self._kept.pop(id(live), (live, 0))
        self._bytes -= size

    def take_all(self) -> list[LiveStream]:
        """Let go of all of them."""
        found = [live for live, _ in self._kept.values()]
        self._kept, self._bytes = {}, 0
        return found

    def _too_many(self) -> list[LiveStream]:
        if self._bytes <= self._most_bytes:
            return []
        left, gone = self._bytes, []
        for live, size in self._kept.values():
            if left <= SPARED * self._most_bytes:
                break
            gone.append(live)
            left -= size
        for live in gone:
            self.take(live)
        return gone
