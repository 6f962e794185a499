"""Jobs: what is told of long work."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class JobStatus(BaseModel):
    """How a job stands."""

    id: str
    kind: str = Field(description='What is done, for example "train".')
    subject: str = Field(description="The id of what it is done to, for example a model's.")
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    progress: float | None = Field(
        description="The part that is done, 0 to 1; null if unknown.", ge=0, le=1
    )
    stage: str = Field(description="What is done just now.")
    detail: str = Field(description="Why it failed.")
    created: str = Field(description="ISO 8601, UTC.")
    started: str | None = Field(description="ISO 8601, UTC.")
    ended: str | None = Field(description="ISO 8601, UTC.")
    result: dict[str, Any] = Field(description="What came of it; depends on the kind.")


class JobPage(BaseModel):
    """A page of jobs, newest first."""

    jobs: list[JobStatus]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")
