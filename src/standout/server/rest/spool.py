"""A queue of bytes that is never full: what does not fit in memory waits in a file.

Many clients read no answer before they have sent all. If the server waited for them to read, both
would wait for ever.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import deque
from types import TracebackType
from typing import IO, Self

MAX_MEMORY_BYTES = 4 << 20
_PART_BYTES = 1 << 18


class Spool:
    """Bytes from one task to another, in order; used as a context, which removes its file."""

    def __init__(self) -> None:
        self._memory: deque[bytes] = deque()
        self._memory_bytes = 0
        self._file: IO[bytes] | None = None
        self._written = self._read = 0
        self._ended = False
        self._error: BaseException | None = None
        self._news = asyncio.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    async def put(self, data: bytes) -> None:
        """Add bytes."""
        if self._file is None and self._memory_bytes + len(data) <= MAX_MEMORY_BYTES:
            self._memory.append(data)
            self._memory_bytes += len(data)
        else:
            await asyncio.to_thread(self._write, data)
        self._news.set()

    def end(self, error: BaseException | None = None) -> None:
        """Say that nothing follows; an error is raised from `take` after all bytes."""
        self._ended = True
        self._error = error
        self._news.set()

    async def take(self) -> bytes | None:
        """Wait for bytes; None at the end."""
        while True:
            if self._memory:
                data = self._memory.popleft()
                self._memory_bytes -= len(data)
                return data
            if self._read < self._written:
                return await asyncio.to_thread(self._read_back)
            if self._ended:
                if self._error is not None:
                    raise self._error
                return None
            self._news.clear()
            await self._news.wait()

    def _write(self, data: bytes) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end of the context
        # By place, since another thread may read at the same time.
        rest = memoryview(data)
        while rest:
            count = os.pwrite(self._file.fileno(), rest, self._written)
            self._written += count
            rest = rest[count:]

    def _read_back(self) -> bytes:
        assert self._file is not None
        data = os.pread(
            self._file.fileno(), min(_PART_BYTES, self._written - self._read), self._read
        )
        self._read += len(data)
        return data
