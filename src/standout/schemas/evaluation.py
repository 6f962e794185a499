"""Measuring detectors on labelled data, over HTTP."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

MAX_ROWS = 1_000_000
MAX_DETECTORS = 20


class EvaluationRequest(BaseModel):
    """What to measure: a labelled stream, or labelled values."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"stream": "pump-7"},
                {"values": [1.0, 2.0, 9.0], "labels": [0, 0, 1], "detectors": ["vote", "zscore"]},
            ]
        },
    )

    stream: str | None = Field(default=None, description="Id of a stream that has labels.")
    values: list[float | None] | None = Field(default=None, max_length=MAX_ROWS)
    labels: list[bool] | None = Field(
        default=None, max_length=MAX_ROWS, description="1 where a row is anomalous."
    )
    timestamps: list[str | int | float] | None = Field(default=None, max_length=MAX_ROWS)
    detectors: list[str] | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_DETECTORS,
        description="Names; without it, the stream's own, or the default.",
    )
    window: int | None = Field(
        default=None, description="Values looked back on; the stream's own without it, or 100."
    )


class Evaluation(BaseModel):
    """Figures, one entry a detector; what is not defined is null."""

    rows: int
    anomalous_rows: int
    results: list[dict[str, Any]] = Field(
        description=(
            "detector, version, window, threshold, causal, vus_pr, average_precision, auroc, and "
            "at the shipped threshold: events with precision, recall, f1, delays, and rows "
            "flagged per 1,000 normal ones."
        )
    )
