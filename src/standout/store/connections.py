"""Connections to one SQLite file: one that writes, and a pool of those that read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final

from standout.errors import StoreUnavailable

CHECKPOINT_PAGES: Final = 4_000
"""Pages of the log (16 MB) after which SQLite copies them into the table's own pages.

Four times the default: a page that many commits change is then copied once.
"""

CACHE_KIB: Final = 65_536
"""Memory for the writer's pages: the last page of each of some 10,000 streams stays in it."""

_PRAGMAS: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
    f"journal_size_limit = {4 * 4_096 * CHECKPOINT_PAGES}",
    f"cache_size = -{CACHE_KIB}",
)


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the one connection that writes; transactions are begun and ended by statements.

    ``synchronous=FULL`` is what makes a commit durable: in WAL mode a lower level loses the last
    commits when the power goes.
    """
    # The store opens it, so as to fail at once; the writer's thread alone uses it.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


class ReadPool:
    """Read-only connections, as many as there are reads at one time.

    A connection goes back to the pool after its read, so threads that come and go leave none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Return all rows of one statement, which sees one moment of the database."""
        with self._borrowed() as connection, self._told():
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def moment(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection for several statements that see one moment of the database."""
        with self._borrowed() as connection, self._told():
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                # SQLite may have ended it by itself after an error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the idle connections now, and each of the others after its read."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            text = f"The database {self._path} cannot be read: {error}."
            raise StoreUnavailable(text) from error

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        connection = self._take()
        try:
            yield connection
        finally:
            with self._lock:
                closed = self._closed
                if not closed:
                    self._idle.append(connection)
            if closed:
                connection.close()

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StoreUnavailable("The store is closed; open it again to use it.")
            if self._idle:
                return self._idle.pop()
        try:
            # A connection is used by one thread at a time, but not always by the same.
            return sqlite3.connect(
                f"{self._path.absolute().as_uri()}?mode=ro",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            text = f"The database {self._path} cannot be opened: {error}."
            raise StoreUnavailable(text) from error
