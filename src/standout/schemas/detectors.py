"""Detectors: what is told of them before one is chosen."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Task = Literal["stream", "series", "table"]


class DetectorInfo(BaseModel):
    """A detector for one kind of task; a name may be there for several."""

    name: str
    task: Task = Field(
        description=(
            "stream: scores each observation before it learns it, and can judge a series so, too; "
            "series: judges a whole series at once; table: is trained on a dataset."
        )
    )
    default: bool = Field(description="Whether it is taken where none is named.")
    title: str
    summary: str
    good_at: str
    bad_at: str
    cost: str
    version: int | None = Field(description="Of its scores; null where models carry their own.")
    warmup: int | None = Field(description="Observations before the first score, at the default.")
    voters: list[str] = Field(description="Names in `votes`, in the order of their bits.")
    supervised: bool = Field(description="Whether it needs labels.")
    params: dict[str, Any] = Field(description="JSON Schema of its parameters.")


class DetectorList(BaseModel):
    """All detectors."""

    detectors: list[DetectorInfo]
    auto: dict[Task, str] = Field(
        description='The detector that "auto" stands for, for each kind of task.'
    )
