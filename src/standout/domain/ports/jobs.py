"""What the services ask of a store of jobs."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from standout.domain.jobs import Job


class JobStore(Protocol):
    """Keeps jobs. Writes return at once and are durable when their future is done; reads block.

    Every call may raise `StoreUnavailable`; a write that did has changed nothing.
    """

    def put(self, tenant: int, job: Job) -> Future[Job]:
        """Keep a job, or its new state; return it with its number."""
        ...

    def find(self, tenant: int, job_id: str) -> Job | None:
        """Find a job by its id."""
        ...

    def page(self, tenant: int, *, limit: int, before: int | None, kind: str | None) -> list[Job]:
        """Return jobs by their numbers, newest first, of those below `before`."""
        ...

    def fail_unfinished(self, detail: str, ended_us: int) -> Future[int]:
        """Let all jobs that had not ended fail; return how many there were."""
        ...

    def prune(self, keep: int) -> Future[int]:
        """Forget all jobs that have ended but the newest `keep`; return how many went."""
        ...
