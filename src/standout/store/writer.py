"""The one thread that writes: group commit without a timer."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from threading import Condition, Thread
from typing import Any, Final

import structlog

from standout.errors import StoreUnavailable
from standout.store.ledger import Ledger
from standout.store.writes import Append, Change, apply, apply_alone, is_of_the_disk

_log = structlog.get_logger(__name__)

TIDY_ROWS: Final = 5_000
"""Rows that are removed or sealed between two commits: some milliseconds."""


class Writer:
    """Writes all that has been queued since the last commit in one transaction.

    So a lone write is committed at once, and many at a time share one commit, without a setting.

    Parameters
    ----------
    connect
        Opens the connection; again after a failure, so that one bad moment leaves nothing behind.
    max_rows
        Rows after which a transaction takes no further write.
    block_rows
        Rows of a sealed block.

    Attributes
    ----------
    commits
        Transactions that were committed.
    pending_rows
        Rows that are queued and not yet durable.
    failure
        Why the last commit failed; None if it did not.
    """

    def __init__(
        self, connect: Callable[[], sqlite3.Connection], *, max_rows: int, block_rows: int
    ) -> None:
        self._connect = connect
        self._max_rows = max_rows
        self._block_rows = block_rows
        self._ledger: Ledger | None = self._open()
        self._queue: deque[Append | Change] = deque()
        self._changed = Condition()
        self.closed = False
        self.commits = 0
        self.pending_rows = 0
        self.failure: str | None = None
        self._thread = Thread(target=self._run, name="standout-writer", daemon=True)
        self._thread.start()

    def submit(self, write: Append | Change) -> Future[Any]:
        """Queue a write; its future is done when it is durable or has failed."""
        # From here on it cannot be cancelled: the rows behind it count on it.
        write.future.set_running_or_notify_cancel()
        with self._changed:
            if not self.closed:
                self._queue.append(write)
                self.pending_rows += write.count()
                self._changed.notify()
                return write.future
        write.future.set_exception(StoreUnavailable("The store is closed; open it again."))
        return write.future

    def close(self) -> None:
        """Write what is queued, then end the thread."""
        with self._changed:
            self.closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            if batch:
                self._commit(batch)
            self._tidy(sum(write.count() for write in batch))
        if self._ledger is not None:
            self._ledger.close()

    def _take(self) -> list[Append | Change] | None:
        """Wait for writes; None at the end, an empty list when there is something to tidy."""
        with self._changed:
            while not (self._queue or self.closed or self._untidy()):
                self._changed.wait()
            if self.closed and not self._queue:
                return None
            batch: list[Append | Change] = []
            rows = 0
            while self._queue and rows < self._max_rows:
                # A write without rows weighs one, or a flood of them would swell a transaction.
                rows += max(self._queue[0].count(), 1)
                batch.append(self._queue.popleft())
            return batch

    def _commit(self, batch: list[Append | Change]) -> None:
        try:
            results = self._write(batch)
        except Exception as error:  # noqa: BLE001 - whatever it was, every future gets an answer
            self._fail(batch, error)
            return
        self.commits += 1
        self.failure = None
        self._settle(batch, results)

    def _write(self, batch: list[Append | Change]) -> list[Any]:
        if self._ledger is None:
            self._ledger = self._open()
        try:
            with self._ledger.transaction():
                return apply(self._ledger, batch, conflict="ROLLBACK")
        except Exception as error:
            if is_of_the_disk(error):
                raise
        with self._ledger.transaction():
            return [apply_alone(self._ledger, write) for write in batch]

    def _fail(self, batch: list[Append | Change], error: Exception) -> None:
        """Fail these and all that are queued: they may build on what was not kept."""
        self.failure = _sentence(error)
        self._abandon()
        with self._changed:
            batch = [*batch, *self._queue]
            self._queue.clear()
        failures = []
        for _ in batch:
            failures.append(StoreUnavailable(self.failure))
            failures[-1].__cause__ = error
        self._settle(batch, failures)

    def _abandon(self) -> None:
        """Let go of the connection: it is in trouble already, and what it would say is said."""
        if self._ledger is not None:
            with suppress(sqlite3.Error):
                self._ledger.close()
            self._ledger = None

    def _settle(self, batch: list[Append | Change], results: Sequence[Any]) -> None:
        with self._changed:
            self.pending_rows -= sum(write.count() for write in batch)
        for write, result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                write.future.set_exception(result)
            else:
                write.future.set_result(result)

    def _open(self) -> Ledger:
        return Ledger(self._connect(), block_rows=self._block_rows)

    def _untidy(self) -> bool:
        return self._ledger is not None and (self._ledger.purging or self._ledger.sealing)

    def _tidy(self, rows: int) -> None:
        """Do some of the work that nobody waits for, in a transaction of its own.

        Parameters
        ----------
        rows
            Rows of the last commit: twice as many may be sealed, so that sealing keeps up.
        """
        if self._ledger is None or not self._untidy():
            return
        try:
            with self._ledger.transaction():
                if self._ledger.purging:
                    self._ledger.purge(TIDY_ROWS)
                if self._ledger.sealing:
                    self._ledger.seal(max(TIDY_ROWS, 2 * rows))
        except Exception as error:  # noqa: BLE001 - a stream that is damaged must not end the thread
            if not is_of_the_disk(error):
                # One stream is damaged; its rows stay as they are, and all others go on.
                _log.error("sealing failed", error=repr(error))
                return
            self.failure = _sentence(error)
            self._abandon()


def _sentence(error: Exception) -> str:
    return (
        f"The store cannot write ({error}). Nothing of this was kept; once there is room and the"
        " disk answers, send it again."
    )
