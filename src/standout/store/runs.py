"""Runs in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import astuple
from typing import Any, Final

import numpy as np

from standout.domain.runs import NO_MODEL, OTHER_WIDTH, Finding, Run, TrackedAnomaly
from standout.errors import InvalidRunData, RunNotFound
from standout.kernels.scatter import Scatter, merge
from standout.store.catalogue import Catalogue

_COLUMNS: Final = "number, token, id, count, sums, created_us, updated_us"
_FIND: Final = f"SELECT {_COLUMNS} FROM runs WHERE tenant = ? AND token = ? AND id = ?"  # noqa: S608 - constants
_PUT: Final = f"""
INSERT INTO runs (tenant, token, id, count, sums, created_us, updated_us)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, token, id) DO UPDATE SET
    count = excluded.count, sums = excluded.sums, updated_us = excluded.updated_us
RETURNING {_COLUMNS}
"""  # noqa: S608 - constants
_DELETE: Final = "DELETE FROM runs WHERE tenant = ? AND token = ? AND id = ? RETURNING number"
_FORGET: Final = "DELETE FROM run_anomalies WHERE run = ?"
_THERE: Final = "SELECT 1 FROM runs WHERE number = ?"
_TRACK: Final = (
    "INSERT INTO run_anomalies (run, at_us, row, finding) VALUES (?, ?, ?, ?) RETURNING id"
)
# The oldest that may stay is found by the index; those below it go.
_TRIM: Final = """
DELETE FROM run_anomalies WHERE run = ?1 AND id <= (
    SELECT id FROM run_anomalies WHERE run = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
"""
_COUNT: Final = "SELECT count(*) FROM run_anomalies WHERE run = ?"
_TRACKED: Final = (
    "SELECT id, at_us, row, finding FROM run_anomalies WHERE run = ? AND id > ? ORDER BY id LIMIT ?"
)


class SqlRuns:
    """A `RunStore` on a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def fit(self, tenant: int, run: Run) -> Future[Run]:
        """Keep a run, in place of the token's former one of this id; its anomalies stay."""
        return self._catalogue.write(lambda connection: _put(connection, tenant, run))

    def learn(
        self, tenant: int, token: str, run_id: str, sums: Scatter, now_us: int
    ) -> Future[Run]:
        """Merge the sums of more rows into a run, as one step."""

        def write(connection: sqlite3.Connection) -> Run:
            row = connection.execute(_FIND, (tenant, token, run_id)).fetchone()
            if row is None:
                raise RunNotFound(NO_MODEL)
            former = _as_run(row)
            wanted, got = len(former.sums.mean), len(sums.mean)
            if wanted != got:
                msg = f"{OTHER_WIDTH} The run has {wanted} columns, got {got}."
                raise InvalidRunData(msg)
            learnt = Run(
                token=token,
                id=run_id,
                sums=merge(former.sums, sums),
                created_us=former.created_us,
                updated_us=now_us,
            )
            return _put(connection, tenant, learnt)

        return self._catalogue.write(write)

    def find(self, tenant: int, token: str, run_id: str) -> Run | None:
        """Find a run of a token."""
        found = self._catalogue.read(_FIND, (tenant, token, run_id))
        return _as_run(found[0]) if found else None

    def delete(self, tenant: int, token: str, run_id: str) -> Future[bool]:
        """Forget a run with its anomalies; False if the token has none of this id."""

        def write(connection: sqlite3.Connection) -> bool:
            gone = connection.execute(_DELETE, (tenant, token, run_id)).fetchone()
            if gone is not None:
                connection.execute(_FORGET, gone)
            return gone is not None

        return self._catalogue.write(write)

    def track(self, run: Run, anomaly: TrackedAnomaly, *, keep: int) -> Future[TrackedAnomaly]:
        """Keep an anomaly of a run, and of all that it has only the newest `keep`."""
        values = json.dumps(anomaly.values)
        finding = json.dumps(astuple(anomaly.finding))

        def write(connection: sqlite3.Connection) -> TrackedAnomaly:
            if connection.execute(_THERE, (run.number,)).fetchone() is None:
                raise RunNotFound(NO_MODEL)
            placed = (run.number, anomaly.at_us, values, finding)
            row = connection.execute(_TRACK, placed).fetchone()
            connection.execute(_TRIM, (run.number, keep))
            return _as_tracked((*row, anomaly.at_us, values, finding))

        return self._catalogue.write(write)

    def count(self, run: Run) -> int:
        """Count the anomalies that a run keeps."""
        return int(self._catalogue.read(_COUNT, (run.number,))[0][0])

    def tracked(self, run: Run, *, limit: int, after: int) -> list[TrackedAnomaly]:
        """Return anomalies of a run by their numbers, those after `after` first."""
        found = self._catalogue.read(_TRACKED, (run.number, after, limit))
        return [_as_tracked(row) for row in found]


def _put(connection: sqlite3.Connection, tenant: int, run: Run) -> Run:
    packed = np.concatenate([run.sums.mean, run.sums.scatter.ravel()]).astype("<f8").tobytes()
    values = (tenant, run.token, run.id, run.sums.count, packed, run.created_us, run.updated_us)
    return _as_run(connection.execute(_PUT, values).fetchone())


def _as_run(row: Sequence[Any]) -> Run:
    number, token, run_id, count, packed, created_us, updated_us = row
    numbers = np.frombuffer(packed, "<f8").astype(np.float64)
    # d means and d times d of the matrix.
    d = (int(np.sqrt(1 + 4 * len(numbers))) - 1) // 2
    return Run(
        token=token,
        id=run_id,
        sums=Scatter(count, numbers[:d], numbers[d:].reshape(d, d)),
        created_us=created_us,
        updated_us=updated_us,
        number=number,
    )


def _as_tracked(row: Sequence[Any]) -> TrackedAnomaly:
    number, at_us, values, finding = row
    return TrackedAnomaly(
        id=number,
        at_us=at_us,
        values=tuple(json.loads(values)),
        finding=Finding(*json.loads(finding)),
    )
