"""Removing: what is older than wanted, and all of a deleted stream, some rows at a time."""

from __future__ import annotations

import sqlite3
from itertools import islice
from typing import Final

from standout.store import blocks
from standout.store.kept import EARLIEST, LATEST, KeptRows

BLOCKS_AT_ONCE: Final = 32
"""Blocks that are removed in one transaction."""

_DELETE: Final = """
    DELETE FROM observations WHERE tenant = :tenant AND stream = :stream AND time_us <= :last_us
    AND time_us <= coalesce(
        (SELECT time_us FROM observations WHERE tenant = :tenant AND stream = :stream
         ORDER BY time_us LIMIT 1 OFFSET :rows - 1),
        9223372036854775807)"""
_DELETE_FLAGS: Final = "DELETE FROM flags WHERE tenant = ? AND stream = ? AND time_us <= ?"
_NTH_NEWEST: Final = """
    SELECT time_us FROM observations WHERE tenant = ? AND stream = ?
    ORDER BY time_us DESC LIMIT 1 OFFSET ?"""


class Trimmer:
    """Removes the oldest of one stream, through the writer's connection."""

    def __init__(self, connection: sqlite3.Connection, tenant: int, key: int) -> None:
        self._connection = connection
        self._place = (tenant, key)
        self._kept = KeptRows(connection, tenant, key)

    def remove(self, last_us: int, *, rows: int) -> int:
        """Remove rows up to a time, each block only as a whole; return how many went.

        At most `rows` are removed one by one, and `BLOCKS_AT_ONCE` blocks; it is done when
        nothing went.
        """
        if last_us < EARLIEST:
            return 0
        values = dict(zip(("tenant", "stream"), self._place, strict=True))
        values |= {"last_us": last_us, "rows": rows}
        gone = self._connection.execute(_DELETE, values).rowcount
        old = [
            block
            for block in islice(self._kept.blocks(EARLIEST, last_us), BLOCKS_AT_ONCE)
            # A time in its middle leaves a block whole.
            if block.last_us <= last_us
        ]
        for block in old:
            blocks.delete(self._connection, *self._place, block)
            gone += block.length
        if old:
            self._connection.execute(_DELETE_FLAGS, (*self._place, old[-1].last_us))
        return gone

    def cut(self, keep_rows: int) -> int:
        """Return the time up to which all may go, so that the newest rows stay.

        Late rows within blocks are not counted: that many more than `keep_rows` stay.
        """
        if keep_rows == 0:
            return LATEST
        newest_block = next(self._kept.blocks(EARLIEST, LATEST, newest=True), None)
        start_us = EARLIEST if newest_block is None else newest_block.last_us + 1
        found = self._kept.count_unsealed(start_us, LATEST, most=keep_rows)
        if found == keep_rows:
            values = (*self._place, keep_rows - 1)
            return int(self._connection.execute(_NTH_NEWEST, values).fetchone()[0]) - 1
        for block in self._kept.blocks(EARLIEST, LATEST, newest=True):
            found += block.length
            if found >= keep_rows:
                return block.first_us - 1
        return EARLIEST - 1
