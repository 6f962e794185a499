"""Exports: what is kept of a stream, oldest first, a chunk at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Stream

CHUNK_ROWS = 8_192
"""Rows that are read at once: what an export holds in memory."""


async def export(
    store: StreamStore,
    stream: Stream,
    *,
    from_us: int | None = None,
    to_us: int | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> AsyncIterator[Observations]:
    """Give the rows of a stream in [`from_us`, `to_us`), at least one chunk, which may be empty.

    Each chunk is read when it is asked for: a row that is kept meanwhile is in the export if its
    time comes later than what was read.

    Raises
    ------
    StoreUnavailable
        The store cannot be read.
    """
    after_us: int | None = None
    after_key: int | None = None
    while True:
        rows = await asyncio.to_thread(
            store.scan,
            stream,
            limit=chunk_rows,
            after_us=after_us,
            after_key=after_key,
            from_us=from_us,
            to_us=to_us,
        )
        yield rows
        if len(rows) < chunk_rows:
            return
        after_us = int(rows.time_us[-1])
        after_key = None if rows.key is None else int(rows.key[-1])
