"""Appends in SQL: rows that are new, each in its place or sealed at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

import numpy as np

from standout.domain.records import Observations
from standout.store import kept, sealing
from standout.store import rows as sql
from standout.store.heads import Head, Heads
from standout.store.sealing import Sealer
from standout.types import Counts

INSERT_ROWS: Final = 8_192
"""Rows of which the values are made at a time: as objects they take ten times their size."""


class Appender:
    """Adds rows through the writer's connection.

    Parameters
    ----------
    connection
        The writer's, in a transaction.
    heads, sealer
        Of the same connection.
    """

    def __init__(self, connection: sqlite3.Connection, heads: Heads, sealer: Sealer) -> None:
        self._connection = connection
        self._heads = heads
        self._sealer = sealer

    def append(self, batches: Sequence[Observations], *, conflict: str) -> list[int]:
        """Add rows, and return the keys of the streams that now have rows to be sealed.

        A stored time raises; it undoes the statement for the `conflict` "ABORT", or all for
        "ROLLBACK", which is faster by a tenth or more: SQLite then keeps no journal of a statement.
        """
        due: list[int] = []
        for alike in _alike(batches):
            due += self._append(sql.merged(alike), conflict)
        return due

    def _append(self, rows: Observations, conflict: str) -> list[int]:
        starts = np.flatnonzero(np.diff(rows.stream, prepend=0))
        counts = np.diff(starts, append=len(rows))
        heads = [self._heads.of(key) for key in rows.stream[starts].tolist()]
        self._account(rows, heads, starts, counts)
        rows, counts = self._pack(rows, heads, starts, counts)
        rows, counts = self._absorb(rows, heads, counts)
        tenants = np.array([head.tenant for head in heads], np.int64)
        if len(rows):
            self._insert(rows, np.repeat(tenants, counts), conflict)
            for i in np.flatnonzero(counts).tolist():
                heads[i].clear = False
        return [head.key for head in heads if self._sealer.due(head)]

    def _account(
        self, rows: Observations, heads: list[Head], starts: Counts, counts: Counts
    ) -> None:
        """Count the rows of each stream and refuse sealed times."""
        times, first = rows.time_us[starts].tolist(), 0
        for i, (head, count) in enumerate(zip(heads, counts.tolist(), strict=True)):
            if head.unsealed is None:
                newest = int(rows.seq[first : first + count].max())
                head.unsealed = max(newest - head.sealed_seq, count)
            else:
                head.unsealed += count
            # Where times may be equal, the sender of the rows has looked their keys up.
            if head.sealed_us is not None and times[i] <= head.sealed_us and not head.keyed:
                self._sealer.refuse_sealed(head, rows.take(slice(first, first + count)))
            first += count

    def _pack(
        self, rows: Observations, heads: list[Head], starts: Counts, counts: Counts
    ) -> tuple[Observations, Counts]:
        """Seal in small blocks what may be; return the rows that are left, and their counts."""
        some = np.count_nonzero(counts >= sealing.PACK_ROWS)
        if some < sealing.PACK_STREAMS or sql.is_wide(rows):
            return rows, counts
        # A time that is there twice is left to be refused with the others.
        twice = np.zeros(len(rows), np.bool_)
        twice[1:] = rows.time_us[1:] == rows.time_us[:-1]
        twice[starts] = rows.time_us[starts + counts - 1] == kept.LATEST
        wrong = np.logical_or.reduceat(twice, starts).tolist()
        first_us = rows.time_us[starts].tolist()
        asked = zip(heads, counts.tolist(), first_us, wrong, strict=True)
        packed = np.array([not bad and self._sealer.packable(*one) for *one, bad in asked])
        if not packed.any():
            return rows, counts
        chosen = [heads[i] for i in np.flatnonzero(packed).tolist()]
        of_rows = np.repeat(packed, counts)
        self._sealer.pack(chosen, rows.take(of_rows), counts[packed])
        return rows.take(~of_rows), np.where(packed, 0, counts)

    def _absorb(
        self, rows: Observations, heads: list[Head], counts: Counts
    ) -> tuple[Observations, Counts]:
        """Seal what may be sealed at once; return the rows that are left, and their counts."""
        large = np.flatnonzero(counts >= sealing.ABSORB_ROWS).tolist()
        if not large:
            return rows, counts
        ends = np.cumsum(counts)
        starts = ends - counts
        left, counts, done = [], counts.copy(), 0
        for i in large:
            left.append(rows.take(slice(done, int(starts[i]))))
            done = int(ends[i])
            left.append(self._sealer.absorb(heads[i], rows.take(slice(int(starts[i]), done))))
            counts[i] = len(left[-1])
        left.append(rows.take(slice(done, None)))
        return sql.joined(left), counts

    def _insert(self, rows: Observations, tenants: Counts, conflict: str) -> None:
        wide = sql.is_wide(rows)
        many = sql.insert_sql(sql.ROWS_A_STATEMENT, conflict=conflict, wide=wide)
        one = sql.insert_sql(1, conflict=conflict, wide=wide)
        for first in range(0, len(rows), INSERT_ROWS):
            part = slice(first, first + INSERT_ROWS)
            parameters = sql.parameters(rows.take(part), tenants[part])
            for count, values in sql.statements(parameters, wide=wide):
                self._connection.execute(one if count == 1 else many, values)


def _alike(batches: Sequence[Observations]) -> list[list[Observations]]:
    """Return batches by the columns that they have: those of one kind can be joined."""
    kinds: dict[tuple[bool, int], list[Observations]] = {}
    for batch in batches:
        kinds.setdefault((batch.key is None, batch.width), []).append(batch)
    return list(kinds.values())
