"""What the stores of datasets, models and jobs stand on: a few rows at a time, in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

from standout.errors import StandoutError, StoreUnavailable
from standout.store.sqlite import SqliteStore

T = TypeVar("T")

NEWEST: Final = 2**62
"""A number above all that are given to rows."""


class Catalogue(Protocol):
    """Tables that are read and written in statements.

    A write is a function of a connection that is inside a transaction; what it raises undoes what
    it did. Writes return at once, are done in their order, and are durable when their future is
    done.
    """

    def write(self, apply: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a write."""
        ...

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Return all rows of one statement."""
        ...


class SqliteCatalogue:
    """The tables beside the streams, in the same file, written by the same thread."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store

    def write(self, apply: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Queue a write behind all that were queued before."""
        return self._store.write(apply)

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Return all rows of one statement, which sees one moment of the database."""
        return self._store.read(sql, values)


class MemoryCatalogue:
    """The same tables in memory; nothing outlives the process. A write's future is done at once."""

    def __init__(self) -> None:
        from sqlalchemy import StaticPool, create_engine  # noqa: PLC0415 - slow, and rarely needed

        from standout.store.tables import metadata  # noqa: PLC0415 - as above

        self._lock = Lock()
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False
        )
        engine = create_engine("sqlite://", creator=lambda: self._connection, poolclass=StaticPool)
        metadata.create_all(engine)

    def write(self, apply: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Do a write."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            try:
                self._connection.execute("BEGIN")
                result = apply(self._connection)
                self._connection.execute("COMMIT")
            except (StandoutError, sqlite3.Error) as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                future.set_exception(_told(error))
            else:
                future.set_result(result)
        return future

    def read(self, sql: str, values: Sequence[Any]) -> list[Any]:
        """Return all rows of one statement."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


def _told(error: Exception) -> Exception:
    if isinstance(error, StandoutError):
        return error
    return StoreUnavailable(f"The tables in memory cannot be written: {error}.")
