"""Answers to requests that may come again, in SQL."""

from __future__ import annotations

import sqlite3
from concurrent.futures import Future
from typing import Final

from standout.domain.ports.repeats import KeptAnswer
from standout.store.catalogue import Catalogue

KEPT_US: Final = 24 * 3600 * 1_000_000
_FIND: Final = (
    "SELECT request, status, answer FROM repeats WHERE tenant = ? AND key = ? AND created_us > ?"
)
_PUT: Final = """
INSERT OR REPLACE INTO repeats (tenant, key, request, status, answer, created_us)
VALUES (?, ?, ?, ?, ?, ?)
"""
_FORGET: Final = "DELETE FROM repeats WHERE created_us <= ?"


class SqlAnswers:
    """An `AnswerStore` on a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def put(self, tenant: int, key: str, answer: KeptAnswer, now_us: int) -> Future[None]:
        """Keep an answer, and forget those that are over a day old."""

        def write(connection: sqlite3.Connection) -> None:
            connection.execute(_FORGET, (now_us - KEPT_US,))
            values = (tenant, key, answer.request, answer.status, answer.body, now_us)
            connection.execute(_PUT, values)

        return self._catalogue.write(write)

    def find(self, tenant: int, key: str, now_us: int) -> KeptAnswer | None:
        """Find an answer that is not over a day old."""
        found = self._catalogue.read(_FIND, (tenant, key, now_us - KEPT_US))
        return KeptAnswer(*found[0]) if found else None
