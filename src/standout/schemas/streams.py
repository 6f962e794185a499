"""Streams over HTTP and on the pages: what is told of a stream and of its anomalies."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt


class StreamSummary(BaseModel):
    """What a stream is, and how it stands now."""

    id: str
    active: bool = Field(description="A client is connected and may send.")
    window: int = Field(description="Observations that the detector looks back on.")
    detector: str
    detector_version: int
    tz: str = Field(description="Zone of timestamps that carry none.")
    time_unit: Literal["s", "ms", "us", "ns"] | None = Field(
        description="Unit of numeric timestamps: asked for, or detected at the first one."
    )
    created: str = Field(description="ISO 8601, UTC.")
    count: int = Field(description="Observations kept, late ones included.")
    anomalies: int = Field(description="How many of them were flagged.")
    warmup_left: int = Field(description="Observations until the first score; 0 once scoring.")
    last_timestamp: str | None = Field(description="Newest observation, ISO 8601, UTC.")
    last_value: float | None
    last_score: float | None


class StreamPage(BaseModel):
    """A page of streams, by id."""

    streams: list[StreamSummary]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class NewStream(BaseModel):
    """Settings of a stream that is made; what is left out gets its default, or stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "window": 200,
                    "detector": "vote",
                    "params": {"z_limit": 3.5},
                    "tz": "Europe/Paris",
                    "time_unit": "ms",
                }
            ]
        },
    )

    window: int | None = Field(default=None, ge=10, le=10_000, strict=True)
    detector: str | None = Field(default=None, description="Name of a detector.")
    params: dict[str, StrictInt | StrictFloat] | None = Field(
        default=None, description="Its parameters, except the window."
    )
    tz: str | None = Field(default=None, description="Zone of timestamps that carry none.")
    time_unit: Literal["s", "ms", "us", "ns"] | None = Field(
        default=None, description="Unit of numeric timestamps; detected at the first if left out."
    )


class KeptObservation(BaseModel):
    """An observation with its verdict, as it is kept."""

    timestamp: str = Field(description="ISO 8601, UTC.")
    value: float | None
    score: float | None
    anomaly: int | None
    votes: dict[str, int] | None
    expected: float | None
    lower: float | None
    upper: float | None
    late: bool
    seq: int = Field(description="Arrival number, from 1.")


class ObservationPage(BaseModel):
    """A page of observations, oldest first."""

    id: str
    observations: list[KeptObservation]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class Anomaly(BaseModel):
    """A flagged observation."""

    timestamp: str = Field(description="ISO 8601, UTC.")
    value: float
    score: float = Field(ge=0, le=1)
    votes: dict[str, int]
    expected: float | None
    lower: float | None
    upper: float | None
    seq: int


class AnomalyPage(BaseModel):
    """A page of anomalies, oldest first."""

    id: str
    anomalies: list[Anomaly]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class Welcome(BaseModel):
    """What answers at ``/``."""

    message: str
    version: str
    docs: str
    active_clients: list[str]


class Health(BaseModel):
    """Whether the service works."""

    status: Literal["healthy", "unhealthy"]
    timestamp: str
    version: str
    store: str
    active_clients: int
