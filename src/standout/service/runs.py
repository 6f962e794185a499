"""Runs: fitting, learning more, judging rows, and telling what was flagged."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np

from standout.domain.ports.runs import RunStore
from standout.domain.records import DEFAULT_TENANT
from standout.domain.runs import (
    BAD_INPUT,
    BAD_TRAINING,
    NO_DATA,
    NO_MODEL,
    OTHER_WIDTH,
    Finding,
    Run,
    TrackedAnomaly,
    check_run_name,
)
from standout.domain.times import now_us, to_iso
from standout.errors import InvalidRunData, RunNotFound, RunNotReady
from standout.kernels.scatter import Scatter, scatter_of
from standout.readers.replace import replace_file
from standout.service.findings import judge
from standout.types import Batch, Point

MAX_COLUMNS: Final = 500
"""A matrix of 2 MB."""
LARGEST: Final = 1e100
"""A size up to which no square overflows, however many are added up."""
KEPT_ANOMALIES: Final = 10_000
"""Anomalies that a run keeps: the newest."""
LEAST_ROWS: Final = 2
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class TrackedPage:
    """A page of a run's anomalies, with how many there are in all."""

    count: int
    anomalies: list[TrackedAnomaly]
    next: int | None


class RunService:
    """Runs of users, each found by its user's token and its own id only.

    Parameters
    ----------
    store
        Where they are kept.
    folder
        Where they are exported to.
    """

    def __init__(self, store: RunStore, folder: Path) -> None:
        self._store = store
        self._folder = folder

    async def fit(self, token: str, run_id: str | None, rows: Sequence[Sequence[float]]) -> str:
        """Fit a run to rows, in place of the token's former one of this id; return its id.

        Raises
        ------
        InvalidRunData
            No rows, rows of unequal width, or numbers that are too large.
        InvalidParameter
            A token or id that may be none.
        """
        check_run_name("A user token", token)
        name = secrets.token_hex(4) if run_id is None else check_run_name("A run id", run_id)
        sums = await asyncio.to_thread(_sums, rows)
        now = now_us()
        run = Run(token=token, id=name, sums=sums, created_us=now, updated_us=now)
        await asyncio.wrap_future(self._store.fit(DEFAULT_TENANT, run))
        return name

    async def learn(self, token: str, run_id: str, rows: Sequence[Sequence[float]]) -> Run:
        """Let a run learn more rows, as if it had been fitted to all; costs these rows only.

        Raises
        ------
        RunNotFound
            The token has no run of this id.
        InvalidRunData
            As `fit`, and rows of another width.
        """
        sums = await asyncio.to_thread(_sums, rows)
        learning = self._store.learn(DEFAULT_TENANT, token, run_id, sums, now_us())
        return await asyncio.wrap_future(learning)

    async def detect(self, token: str, run_id: str, values: Sequence[float]) -> Finding:
        """Judge a row, and track it if it is flagged; it is not learnt.

        Raises
        ------
        RunNotFound
            The token has no run of this id.
        InvalidRunData
            Not as many numbers as the run has columns, or numbers that are too large.
        RunNotReady
            The run has one row only, which tells nothing of how far rows usually lie apart.
        """
        run = await self.find(token, run_id)
        x = _row(values)
        if len(x) != len(run.sums.mean):
            msg = f"{OTHER_WIDTH} The run has {len(run.sums.mean)} columns, got {len(x)}."
            raise InvalidRunData(msg)
        if run.sums.count < LEAST_ROWS:
            msg = "The run has learnt 1 row, and 2 are needed; send more with POST /update-model."
            raise RunNotReady(msg)
        finding = await asyncio.to_thread(judge, run.sums, x)
        if finding.anomaly:
            found = TrackedAnomaly(at_us=now_us(), values=tuple(x.tolist()), finding=finding)
            await asyncio.wrap_future(self._store.track(run, found, keep=KEPT_ANOMALIES))
        return finding

    async def find(self, token: str, run_id: str) -> Run:
        """Find a run of a token.

        Raises
        ------
        RunNotFound
            The token has no run of this id.
        """
        run = await asyncio.to_thread(self._store.find, DEFAULT_TENANT, token, run_id)
        if run is None:
            raise RunNotFound(NO_MODEL)
        return run

    async def tracked(self, token: str, run_id: str, *, limit: int, after: int) -> TrackedPage:
        """Return what a run has flagged, oldest first; raises as `find`."""
        run = await self.find(token, run_id)
        found = await asyncio.to_thread(self._store.tracked, run, limit=limit + 1, after=after)
        count = await asyncio.to_thread(self._store.count, run)
        more = found[limit - 1].id if len(found) > limit else None
        return TrackedPage(count, found[:limit], more)

    async def delete(self, token: str, run_id: str) -> None:
        """Forget a run with all that it tracked, and its export; raises as `find`."""
        if not await asyncio.wrap_future(self._store.delete(DEFAULT_TENANT, token, run_id)):
            raise RunNotFound(NO_DATA)
        await asyncio.to_thread((self._folder / file_name(token, run_id)).unlink, missing_ok=True)

    async def export(self, token: str, run_id: str) -> dict[str, Any]:
        """Return a run as JSON; raises as `find`."""
        return exported(await self.find(token, run_id))

    async def save(self, token: str, run_id: str) -> Path:
        """Write a run into the folder as JSON, in place of its former export; return where.

        Raises
        ------
        RunNotFound, DataFolderUnwritable
            There is none; it cannot be written.
        """
        content = json.dumps(await self.export(token, run_id), indent=1).encode()
        path = self._folder / file_name(token, run_id)
        await asyncio.to_thread(replace_file, path, content)
        return path


def file_name(token: str, run_id: str) -> str:
    """Return a run's file name, ``{user_token}_{run_id}.json``; no two runs have the same.

    An underscore within the token is written ``%5F``, or a token ``a_b`` with a run ``c`` would
    take the place of token ``a`` with run ``b_c``. What is too long for a file is shortened.
    """
    name = f"{token.replace('%', '%25').replace('_', '%5F')}_{run_id}"
    if name.startswith("."):
        name = "%2E" + name[1:]
    if len(name.encode()) > _LONGEST_NAME:
        digest = sha256(name.encode()).hexdigest()
        name = name.encode()[: _LONGEST_NAME - len(digest)].decode(errors="ignore") + "%" + digest
    return f"{name}.json"


def exported(run: Run) -> dict[str, Any]:
    """Return a run as it is exported: what it knows, and what follows from it."""
    sums = run.sums
    return {
        "user_token": run.token,
        "run_id": run.id,
        "count": sums.count,
        "means": sums.mean.tolist(),
        "stds": sums.deviations().tolist(),
        "covariance": (sums.scatter / max(sums.count - 1, 1)).tolist(),
        "created": to_iso(run.created_us),
        "updated": to_iso(run.updated_us),
    }


def _sums(rows: Sequence[Sequence[float]]) -> Scatter:
    """Sum up rows of JSON."""
    if not rows:
        raise InvalidRunData(f"{BAD_TRAINING} There are no rows; send at least one.")
    width = len(rows[0])
    if not 1 <= width <= MAX_COLUMNS:
        msg = f"{BAD_TRAINING} A row has 1 to {MAX_COLUMNS} numbers, row 1 has {width}."
        raise InvalidRunData(msg)
    ragged = next((i for i, row in enumerate(rows) if len(row) != width), None)
    if ragged is not None:
        msg = f"{BAD_TRAINING} Row 1 has {width} numbers, row {ragged + 1} has {len(rows[ragged])}."
        raise InvalidRunData(msg)
    X = np.array(rows, np.float64)
    _check_size(X, BAD_TRAINING)
    return scatter_of(X)


def _row(values: Sequence[float]) -> Point:
    if not values:
        raise InvalidRunData(f"{BAD_INPUT} There are no values; send one for each column.")
    x = np.array(values, np.float64)
    _check_size(x.reshape(1, -1), BAD_INPUT)
    return x


def _check_size(X: Batch, sentence: str) -> None:
    wrong = np.argwhere(~(np.abs(X) <= LARGEST))
    if len(wrong):
        row, column = (int(i) + 1 for i in wrong[0])
        where = f"row {row}, column {column}" if sentence == BAD_TRAINING else f"value {column}"
        msg = f"{sentence} Numbers are finite and at most {LARGEST:g} in size; {where} is not."
        raise InvalidRunData(msg)
