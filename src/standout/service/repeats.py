"""Requests that come again under one Idempotency-Key are answered as the first was."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from standout.domain.ports.repeats import AnswerStore, KeptAnswer
from standout.domain.records import DEFAULT_TENANT
from standout.domain.times import now_us
from standout.errors import InvalidParameter, KeyUsedAlready

MAX_KEY: Final = 200


class Repeats:
    """Does what a key asks for once, and tells its answer for a day.

    Parameters
    ----------
    store
        Where answers are kept.
    """

    def __init__(self, store: AnswerStore) -> None:
        self._store = store
        self._locks: dict[str, asyncio.Lock] = {}

    async def once(
        self, key: str | None, request: str, answer: Callable[[], Awaitable[tuple[int, str]]]
    ) -> tuple[int, str]:
        """Return the status and body of the answer, from `answer` or as it was the first time.

        Parameters
        ----------
        key
            The client's; None does it in any case.
        request
            A `fingerprint`.
        answer
            Does it. What it raises is not kept: the request may come again.

        Raises
        ------
        InvalidParameter
            The key is empty or too long.
        KeyUsedAlready
            Another request came under this key.
        """
        if key is None:
            return await answer()
        if not 1 <= len(key) <= MAX_KEY:
            msg = f"An Idempotency-Key has 1 to {MAX_KEY} characters, got {len(key)}."
            raise InvalidParameter(msg)
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                return await self._once(key, request, answer)
        finally:
            if not lock.locked():
                self._locks.pop(key, None)

    async def _once(
        self, key: str, request: str, answer: Callable[[], Awaitable[tuple[int, str]]]
    ) -> tuple[int, str]:
        kept = await asyncio.to_thread(self._store.find, DEFAULT_TENANT, key, now_us())
        if kept is not None:
            if kept.request != request:
                msg = f"Another request came under the Idempotency-Key {key!r}; choose a new one."
                raise KeyUsedAlready(msg)
            return kept.status, kept.body
        status, body = await answer()
        put = self._store.put(DEFAULT_TENANT, key, KeptAnswer(request, status, body), now_us())
        await asyncio.wrap_future(put)
        return status, body


def fingerprint(*parts: str | bytes) -> str:
    """Return what tells one request from another."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()
