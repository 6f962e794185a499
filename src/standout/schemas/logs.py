"""Lines of the server's log, as they are told."""

from __future__ import annotations

from pydantic import BaseModel, Field


class LogLine(BaseModel):
    """A line of the log."""

    n: int = Field(description="Its number, from 1 at the server's start.")
    at: str = Field(description="ISO 8601, UTC.")
    level: str
    event: str
    fields: dict[str, str | int | float | bool | None]


class LogPage(BaseModel):
    """Lines of the log, oldest first."""

    lines: list[LogLine]
    first: int = Field(description="Number of the first line that is told; `next` + 1 for none.")
    next: int = Field(description="Number of the newest line; give it as `after`.")
