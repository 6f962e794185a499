"""Jobs in SQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, Final

from standout.domain.jobs import FAILED, QUEUED, RUNNING, Job
from standout.store.catalogue import NEWEST, Catalogue

_COLUMNS: Final = (
    "number, id, kind, subject, state, progress, stage, detail, created_us, started_us, ended_us,"
    " result"
)
_FIND: Final = f"SELECT {_COLUMNS} FROM jobs WHERE tenant = ? AND id = ?"  # noqa: S608 - constants
_PAGE: Final = (
    f"SELECT {_COLUMNS} FROM jobs WHERE tenant = ? AND number < ? AND kind = coalesce(?, kind)"  # noqa: S608
    " ORDER BY number DESC LIMIT ?"
)
_PUT: Final = """
INSERT INTO jobs (tenant, id, kind, subject, state, progress, stage, detail, created_us, started_us,
    ended_us, result) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, id) DO UPDATE SET
    state = excluded.state, progress = excluded.progress, stage = excluded.stage,
    detail = excluded.detail, started_us = excluded.started_us, ended_us = excluded.ended_us,
    result = excluded.result
RETURNING number
"""
_FAIL: Final = "UPDATE jobs SET state = ?, detail = ?, ended_us = ? WHERE state IN (?, ?)"
_PRUNE: Final = """
DELETE FROM jobs WHERE ended_us IS NOT NULL AND number NOT IN (
    SELECT number FROM jobs WHERE ended_us IS NOT NULL ORDER BY number DESC LIMIT ?)
"""


class SqlJobs:
    """A `JobStore` on a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def put(self, tenant: int, job: Job) -> Future[Job]:
        """Keep a job, or its new state; return it with its number."""
        values = (
            tenant,
            job.id,
            job.kind,
            job.subject,
            job.state,
            job.progress,
            job.stage,
            job.detail,
            job.created_us,
            job.started_us,
            job.ended_us,
            json.dumps(dict(job.result)),
        )

        def write(connection: sqlite3.Connection) -> Job:
            (number,) = connection.execute(_PUT, values).fetchone()
            return replace(job, number=number)

        return self._catalogue.write(write)

    def find(self, tenant: int, job_id: str) -> Job | None:
        """Find a job by its id."""
        found = self._catalogue.read(_FIND, (tenant, job_id))
        return _as_job(found[0]) if found else None

    def page(self, tenant: int, *, limit: int, before: int | None, kind: str | None) -> list[Job]:
        """Return jobs by their numbers, newest first, of those below `before`."""
        bound = NEWEST if before is None else before
        return [_as_job(row) for row in self._catalogue.read(_PAGE, (tenant, bound, kind, limit))]

    def fail_unfinished(self, detail: str, ended_us: int) -> Future[int]:
        """Let all jobs that had not ended fail; return how many there were."""
        values = (FAILED, detail, ended_us, QUEUED, RUNNING)
        return self._catalogue.write(lambda c: c.execute(_FAIL, values).rowcount)

    def prune(self, keep: int) -> Future[int]:
        """Forget all jobs that have ended but the newest `keep`; return how many went."""
        return self._catalogue.write(lambda c: c.execute(_PRUNE, (keep,)).rowcount)


def _as_job(row: Sequence[Any]) -> Job:
    values = dict(zip(_COLUMNS.replace(",", "").split(), row, strict=True))
    return Job(**values | {"result": json.loads(values["result"])})
