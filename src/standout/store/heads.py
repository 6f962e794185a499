"""What the writer remembers of each stream, so that an append asks the database nothing."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from standout.domain.records import Stream
from standout.errors import StreamNotFound

_STREAM: Final = (
    "SELECT tenant, duplicates = 'keep', coalesce(channels, '') <> '' FROM streams WHERE key = ?"
)
_NEWEST_BLOCK: Final = """
    SELECT last_us, last_seq FROM blocks WHERE tenant = ? AND stream = ?
    ORDER BY first_us DESC LIMIT 1"""


@dataclass(slots=True)
class Head:
    """Where the sealed part of a stream ends.

    Parameters
    ----------
    tenant, key
        The stream's.
    sealed_us, sealed_seq
        Time and arrival number up to which it is sealed; None and 0 if nothing is.
    unsealed
        Rows that are not sealed, as far as is known; None if nothing is.
    small
        Rows that were sealed into small blocks and not joined yet.
    clear
        Whether all its rows but late ones are known to be sealed.
    keyed
        Whether rows have keys of their own, and equal times.
    wide
        Whether rows have more columns than most: keys, or several channels.
    """

    tenant: int
    key: int
    sealed_us: int | None
    sealed_seq: int
    unsealed: int | None = None
    small: int = 0
    clear: bool = False
    keyed: bool = False
    wide: bool = False


class Heads:
    """The heads of streams, each read when it is first asked for."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._heads: dict[int, Head] = {}

    def of(self, key: int) -> Head:
        """Return a stream's head.

        Raises
        ------
        StreamNotFound
            No stream has this key.
        """
        head = self._heads.get(key)
        if head is None:
            row = self._connection.execute(_STREAM, (key,)).fetchone()
            if row is None:
                raise StreamNotFound(f"No stream has the key {key}; it may have been deleted.")
            tenant = int(row[0])
            newest = self._connection.execute(_NEWEST_BLOCK, (tenant, key)).fetchone()
            head = self._heads[key] = Head(tenant, key, *(newest or (None, 0)))
            head.keyed = bool(row[1])
            head.wide = head.keyed or bool(row[2])
        return head

    def begin(self, stream: Stream) -> None:
        """Remember a stream that is just made, and so has no row."""
        keyed = stream.keeps_duplicates
        wide = keyed or stream.channels is not None
        self._heads[stream.key] = Head(
            stream.tenant, stream.key, None, 0, unsealed=0, clear=True, keyed=keyed, wide=wide
        )

    def forget(self, key: int) -> None:
        """Read this stream's head anew when it is next asked for."""
        self._heads.pop(key, None)

    def forget_all(self) -> None:
        """Read all anew: what is remembered may have been undone."""
        self._heads.clear()
