"""Hold a store's writer, so that a test decides what waits behind it."""

from __future__ import annotations

from threading import Event

from standout.store.ledger import Ledger
from standout.store.sqlite import SqliteStore
from standout.store.writes import Change


class Gate:
    """Holds the writer inside a transaction, so that a test can fill the queue behind it."""

    def __init__(self, store: SqliteStore) -> None:
        self._reached, self._open = Event(), Event()
        self.future = store._writer.submit(Change(apply=self._hold))
        assert self._reached.wait(10)

    def _hold(self, _: Ledger) -> None:
        self._reached.set()
        assert self._open.wait(10)

    def open(self) -> None:
        self._open.set()
        self.future.result()
