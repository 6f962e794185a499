"""Writes that wait for their commit, and how they are done inside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from standout.domain.records import Observations, Snapshot
from standout.errors import ObservationConflict
from standout.store.ledger import Ledger
from standout.store.rows import STORED_ALREADY


@dataclass(slots=True, kw_only=True)
class Append:
    """Rows and snapshots on their way to the disk."""

    rows: Observations
    snapshots: Sequence[Snapshot]
    future: Future[None] = field(default_factory=Future)

    def count(self) -> int:
        """Count the rows."""
        return len(self.rows)


@dataclass(slots=True, kw_only=True)
class Change:
    """Any other write."""

    apply: Callable[[Ledger], Any]
    future: Future[Any] = field(default_factory=Future)

    def count(self) -> int:
        """Return 0: it brings no rows."""
        return 0


def apply(ledger: Ledger, batch: Sequence[Append | Change], *, conflict: str) -> list[Any]:
    """Do the writes in their order, appends that follow each other as one."""
    results: list[Any] = []
    appends: list[Append] = []
    for write in batch:
        if isinstance(write, Append):
            appends.append(write)
            results.append(None)
        else:
            _append(ledger, appends, conflict=conflict)
            appends = []
            results.append(write.apply(ledger))
    _append(ledger, appends, conflict=conflict)
    return results


def _append(ledger: Ledger, appends: Sequence[Append], *, conflict: str) -> None:
    batches = [append.rows for append in appends if len(append.rows)]
    if batches:
        ledger.append(batches, conflict=conflict)
    snapshots = [snapshot for append in appends for snapshot in append.snapshots]
    if snapshots:
        ledger.put_snapshots(snapshots)


def apply_alone(ledger: Ledger, write: Append | Change) -> Any:
    """Do one write; one that cannot be done is undone alone, and its error returned."""
    try:
        with ledger.savepoint():
            return apply(ledger, [write], conflict="ABORT")[0]
    except sqlite3.IntegrityError as error:
        conflict = ObservationConflict(STORED_ALREADY)
        conflict.__cause__ = error
        return conflict
    except Exception as error:
        if is_of_the_disk(error):
            raise
        return error


def is_of_the_disk(error: Exception) -> bool:
    """Tell an error that would fail every write from one that a single write made itself."""
    own = (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError)
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(error, own)
