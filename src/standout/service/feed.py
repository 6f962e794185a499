"""The feed: rows that have just been kept, for those who watch a stream."""

from __future__ import annotations

import asyncio

from standout.domain.records import Observations

MAX_ROWS = 20_000
"""Rows that wait for one watcher; more, and it must read them from the store again."""


class Subscription:
    """What one watcher has not read yet; bounded."""

    def __init__(self) -> None:
        self._rows: list[Observations] = []
        self._count = 0
        self._overrun = False
        self._ready = asyncio.Event()

    def put(self, rows: Observations) -> None:
        """Add rows, or note that the watcher fell behind."""
        if self._count + len(rows) > MAX_ROWS:
            self._rows.clear()
            self._count = 0
            self._overrun = True
        elif not self._overrun:
            self._rows.append(rows)
            self._count += len(rows)
        self._ready.set()

    async def take(self) -> list[Observations] | None:
        """Wait for rows and return them all; None if some were dropped since the last call."""
        await self._ready.wait()
        self._ready.clear()
        rows, self._rows = self._rows, []
        self._count = 0
        overrun, self._overrun = self._overrun, False
        return None if overrun else rows


class Feed:
    """Who watches which stream."""

    def __init__(self) -> None:
        self._watchers: dict[int, set[Subscription]] = {}

    def watched(self, stream_key: int) -> bool:
        """Tell whether anybody watches a stream."""
        return stream_key in self._watchers

    def subscribe(self, stream_key: int) -> Subscription:
        """Watch a stream from now on."""
        subscription = Subscription()
        self._watchers.setdefault(stream_key, set()).add(subscription)
        return subscription

    def unsubscribe(self, stream_key: int, subscription: Subscription) -> None:
        """Stop watching."""
        watchers = self._watchers[stream_key]
        watchers.discard(subscription)
        if not watchers:
            del self._watchers[stream_key]

    def publish(self, stream_key: int, rows: Observations) -> None:
        """Give rows to all who watch the stream."""
        for subscription in self._watchers.get(stream_key, ()):
            subscription.put(rows)
