"""Jobs: long work beside the requests, bounded in number, with progress and cancel.

A job lives as long as the server. Its state is stored when it is made, begun and over; one that
the server's end cut off has failed, and says so at the next start.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import structlog

from standout.domain.jobs import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job
from standout.domain.ports.jobs import JobStore
from standout.domain.records import DEFAULT_TENANT
from standout.domain.times import now_us
from standout.errors import JobEnded, JobNotFound, StandoutError, TooManyJobs

KEPT = 10_000
"""Jobs that have ended and are still told of: the newest."""
CANCEL_TIMEOUT_S = 10
CUT_OFF = "The server stopped before the job was over; start it again."
MISTAKE = "Something went wrong inside Standout; the log says what."

current_job: ContextVar[str] = ContextVar("current_job", default="")
"""Id of the job whose work is under way, also in its threads; empty outside of any."""

_log = structlog.get_logger(__name__)


class Progress:
    """What a job's work tells of itself, from the event loop or from a thread."""

    def __init__(self) -> None:
        self.fraction: float | None = None
        self.stage = ""
        self.cancelled = False
        """Whether somebody wants it to end; a work that awaits is also cancelled there."""

    def report(self, fraction: float | None, stage: str | None = None) -> None:
        """Tell the part that is done, in [0, 1] or None, and what is done now, in words."""
        self.fraction = None if fraction is None else min(max(fraction, 0.0), 1.0)
        if stage is not None:
            self.stage = stage


Work: TypeAlias = Callable[[Progress], Awaitable[Mapping[str, Any] | None]]
"""What a job does; it returns the job's result, as JSON."""

Ended: TypeAlias = Callable[[Job], Awaitable[None]]
"""What is done once a job is over, however it ended, and whether or not it ever began."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many jobs of one kind may run, and how many more may wait, at one time."""

    running: int = 8
    queued: int = 64


@dataclass(slots=True)
class _Live:
    """A job that has not ended."""

    job: Job
    work: Work
    ended: Ended | None = None
    progress: Progress = field(default_factory=Progress)
    task: asyncio.Task[Mapping[str, Any] | None] | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def now(self) -> Job:
        return replace(self.job, progress=self.progress.fraction, stage=self.progress.stage)


class JobService:
    """Starts jobs and tells of them.

    Parameters
    ----------
    store
        Where their states are kept.
    limits
        By kind; a kind that is not in it has the default.
    """

    def __init__(self, store: JobStore, limits: Mapping[str, Limits] | None = None) -> None:
        self._store = store
        self._limits = dict(limits or {})
        self._gates: dict[str, asyncio.Semaphore] = {}
        self._live: dict[str, _Live] = {}
        self._running: set[asyncio.Task[None]] = set()

    def recover(self) -> None:
        """Let the jobs fail that an earlier server left unfinished; before any is started."""
        self._store.fail_unfinished(CUT_OFF, now_us()).result()
        self._store.prune(KEPT)

    async def start(
        self,
        kind: str,
        subject: str,
        work: Work,
        *,
        job_id: str | None = None,
        ended: Ended | None = None,
    ) -> Job:
        """Start work, now or as soon as others of its kind have ended.

        Parameters
        ----------
        kind
            What is done, for example "train"; limits go by it.
        subject
            The id of what it is done to.
        work
            Called once. An error of `standout.errors` is told as the reason of its failure.
        job_id
            Its name, from `new_id`; made here if None.
        ended
            Called before the job is told to be over.

        Raises
        ------
        TooManyJobs
            As many of this kind wait as may wait.
        StoreUnavailable
            It cannot be kept; nothing was started.
        """
        limits = self._limits.get(kind, Limits())
        counts = Counter(live.job.kind for live in self._live.values())
        if counts[kind] >= limits.running + limits.queued:
            msg = (
                f"{counts[kind]} jobs of the kind {kind!r} run or wait, and no more may; "
                "try again when one has ended, or cancel one."
            )
            raise TooManyJobs(msg)
        job = Job(
            id=job_id or new_id("job"),
            kind=kind,
            subject=subject,
            state=QUEUED,
            created_us=now_us(),
        )
        live = _Live(job, work, ended)
        self._live[job.id] = live
        try:
            live.job = await asyncio.wrap_future(self._store.put(DEFAULT_TENANT, job))
        except BaseException:
            del self._live[job.id]
            raise
        gate = self._gates.setdefault(kind, asyncio.Semaphore(limits.running))
        live.task = asyncio.create_task(self._work(live, gate))
        watching = asyncio.create_task(self._watch(live, live.task))
        self._running.add(watching)
        watching.add_done_callback(self._running.discard)
        return live.now()

    async def get(self, job_id: str) -> Job:
        """Tell how a job stands.

        Raises
        ------
        JobNotFound
            No job has this id.
        """
        live = self._live.get(job_id)
        if live is not None:
            return live.now()
        job = await asyncio.to_thread(self._store.find, DEFAULT_TENANT, job_id)
        if job is None:
            raise JobNotFound(f"Job not found: there is no job {job_id[:200]!r}.")
        return job

    async def page(
        self, *, limit: int = 100, before: int | None = None, kind: str | None = None
    ) -> list[Job]:
        """Return jobs, newest first, of those whose number is below `before`."""
        kept = await asyncio.to_thread(
            self._store.page, DEFAULT_TENANT, limit=limit, before=before, kind=kind
        )
        return [self._live[job.id].now() if job.id in self._live else job for job in kept]

    async def wait(self, job_id: str, timeout_s: float | None = None) -> Job:
        """Wait until a job has ended, or for so long; tell how it stands then."""
        live = self._live.get(job_id)
        if live is not None:
            try:
                await asyncio.wait_for(live.over.wait(), timeout_s)
            except TimeoutError:
                return live.now()
        return await self.get(job_id)

    async def cancel(self, job_id: str) -> Job:
        """End a job that waits or runs; return it as it is then.

        Raises
        ------
        JobNotFound
            No job has this id.
        JobEnded
            It is over already, and was not cancelled.
        """
        live = self._live.get(job_id)
        if live is None or live.task is None:
            job = await self.get(job_id)
            if job.over and job.state != CANCELLED:
                raise JobEnded(f"Job {job_id!r} is {job.state} and cannot be cancelled any more.")
            return job
        live.progress.cancelled = True
        live.task.cancel()
        return await self.wait(job_id, CANCEL_TIMEOUT_S)

    def count(self) -> int:
        """Count the jobs that run or wait."""
        return len(self._live)

    async def stop(self) -> None:
        """End all that run or wait; they have failed."""
        for live in list(self._live.values()):
            if live.task is not None:
                live.task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=CANCEL_TIMEOUT_S)

    async def _work(self, live: _Live, gate: asyncio.Semaphore) -> Mapping[str, Any] | None:
        async with gate:
            live.job = replace(live.job, state=RUNNING, started_us=now_us())
            await self._keep(live.job)
            current_job.set(live.job.id)
            return await live.work(live.progress)

    async def _watch(self, live: _Live, task: asyncio.Task[Mapping[str, Any] | None]) -> None:
        """Wait for the end of the work, however it comes, and keep it."""
        await asyncio.wait({task})
        live.job = _ended(live, task)
        if live.ended is not None:
            try:
                await live.ended(live.job)
            except Exception as error:  # noqa: BLE001 - the job is over all the same
                _log.error("job not cleared up", job=live.job.id, exc_info=error)
        await self._keep(live.job)
        del self._live[live.job.id]
        live.over.set()
        _log.info(
            "job",
            job=live.job.id,
            kind=live.job.kind,
            subject=live.job.subject,
            state=live.job.state,
            detail=live.job.detail,
            took_ms=round(((live.job.ended_us or 0) - live.job.created_us) / 1000, 1),
        )

    async def _keep(self, job: Job) -> None:
        try:
            await asyncio.wrap_future(self._store.put(DEFAULT_TENANT, job))
        except StandoutError as error:
            # The work goes on: what it makes is kept, or not, by itself.
            _log.error("job not kept", job=job.id, state=job.state, detail=str(error))


def new_id(prefix: str) -> str:
    """Return a name that no other has: a prefix, the time to read, and chance."""
    moment = datetime.now(UTC).strftime("%Y%m%d_%H%M%S")
    return f"{prefix}_{moment}_{secrets.token_hex(4)}"


def _ended(live: _Live, task: asyncio.Task[Mapping[str, Any] | None]) -> Job:
    job = replace(live.now(), ended_us=now_us())
    if task.cancelled():
        if live.progress.cancelled:
            return replace(job, state=CANCELLED)
        return replace(job, state=FAILED, detail=CUT_OFF)
    error = task.exception()
    if error is None:
        return replace(job, state=DONE, progress=1.0, result=dict(task.result() or {}))
    if isinstance(error, StandoutError):
        return replace(job, state=FAILED, detail=str(error))
    _log.error("job failed", job=job.id, kind=job.kind, exc_info=error)
    return replace(job, state=FAILED, detail=MISTAKE)
