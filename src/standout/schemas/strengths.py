"""Strengths of voters on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field


class StrengthsTold(BaseModel):
    """What each voter thought of one observation."""

    id: str = Field(description="The stream's id.")
    timestamp: str = Field(description="ISO 8601, UTC.")
    seq: int
    score: float | None = Field(description="As it is stored.")
    channel: str | None = Field(description="The channel that it is of; only of several.")
    threshold: float = Field(description="From this score on a voter votes.")
    strengths: dict[str, float] | None = Field(
        description="Score of each voter alone, in [0, 1]; null where they cannot be told."
    )
    reason: str | None = Field(description="Why they cannot be told.")
