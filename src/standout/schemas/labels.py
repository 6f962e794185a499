"""Labels: what a person says of a stretch of a stream."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Literal["real", "false_alarm", "unsure"]


class NewLabel(BaseModel):
    """A label to be kept."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "from": "2026-01-06T15:20:00Z",
                    "to": "2026-01-06T15:40:00Z",
                    "label": "real",
                    "note": "The pump ran dry.",
                    "who": "mk",
                }
            ]
        },
    )

    from_: str | int | float = Field(alias="from", description="First time: ISO 8601 or epoch.")
    to: str | int | float | None = Field(
        default=None,
        description="Time that is no longer in it; without it, the one observation at `from`.",
    )
    label: Word
    note: str = Field(default="", max_length=2_000)
    who: str = Field(default="", max_length=200)


class Label(BaseModel):
    """A label that is kept."""

    id: int
    from_: str = Field(serialization_alias="from", description="ISO 8601, UTC.")
    to: str = Field(description="ISO 8601, UTC; no longer in it.")
    label: Word
    note: str
    who: str
    created: str = Field(description="ISO 8601, UTC.")


class LabelPage(BaseModel):
    """A page of labels, oldest first by when they were given."""

    id: str = Field(description="The stream's id.")
    labels: list[Label]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")
