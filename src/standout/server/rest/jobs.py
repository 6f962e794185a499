"""Jobs over HTTP: how they stand, and their end."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from standout.bootstrap import Services
from standout.domain.jobs import Job
from standout.domain.times import to_iso
from standout.schemas.jobs import JobPage, JobStatus
from standout.server.rest.paging import After, Limit, next_of, number_of

Problems: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such job."}}
Ended: dict[int | str, dict[str, Any]] = {409: {"description": "It has ended already."}}


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(prefix="/jobs", tags=["jobs"])

    @routes.get("")
    async def list_jobs(
        *,
        limit: Limit = 100,
        after: After = None,
        kind: Annotated[str | None, Query(description="Only those of this kind.")] = None,
    ) -> JobPage:
        """List jobs, newest first."""
        found = await services.jobs.page(limit=limit + 1, before=number_of(after), kind=kind)
        shown = found[:limit]
        return JobPage(
            jobs=[job_status(job) for job in shown],
            next=next_of([job.number for job in found], limit),
        )

    @routes.get("/{job_id}", responses=Problems)
    async def get_job(job_id: str) -> JobStatus:
        """Tell how a job stands; ask again for its progress."""
        return job_status(await services.jobs.get(job_id))

    @routes.post("/{job_id}/cancel", responses=Problems | Ended)
    async def cancel_job(job_id: str) -> JobStatus:
        """End a job that waits or runs; what it had made so far is removed."""
        return job_status(await services.jobs.cancel(job_id))

    return routes


def job_status(job: Job) -> JobStatus:
    """Return a job as it is told."""
    return JobStatus(
        id=job.id,
        kind=job.kind,
        subject=job.subject,
        state=job.state,  # type: ignore[arg-type] # one of the states
        progress=job.progress,
        stage=job.stage,
        detail=job.detail,
        created=to_iso(job.created_us),
        started=None if job.started_us is None else to_iso(job.started_us),
        ended=None if job.ended_us is None else to_iso(job.ended_us),
        result=dict(job.result),
    )
