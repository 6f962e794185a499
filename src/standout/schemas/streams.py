"""Streams over HTTP and on the pages: what is told of a stream and of its anomalies."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictFloat, StrictInt, StringConstraints

from standout.schemas.frames import MAX_CHANNELS
from standout.schemas.labels import Label as KeptLabel

MAX_UNIT = 40
MAX_TAGS = 20
MAX_TAG = 60
MAX_AGE_S = 315_576_000_000
"""Ten thousand years, all that the calendar has."""

Duplicates = Literal["timestamp", "keep"]
Label = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TAG, pattern=r"^[^\x00-\x1f]+$")
]
Channels = (
    Annotated[StrictInt, Field(ge=1, le=MAX_CHANNELS)]
    | Annotated[list[Label], Field(min_length=1, max_length=MAX_CHANNELS)]
)


class Retention(BaseModel):
    """What is kept of a stream; older rows are removed in the background."""

    model_config = ConfigDict(extra="forbid")

    age_s: float | None = Field(
        default=None,
        ge=1,
        le=MAX_AGE_S,
        description="Seconds before the newest observation, by the stream's own time.",
    )
    count: int | None = Field(
        default=None, ge=1, le=10**15, strict=True, description="Newest observations."
    )


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
    unit: str | None = Field(default=None, description="What its values are measured in.")
    tags: list[str] = Field(default=[], description="Words to find it by.")
    retention: Retention | None = Field(default=None, description="null keeps everything.")
    duplicates: Duplicates = Field(
        default="timestamp", description="`keep`: it keys on the sender's own `seq`."
    )
    channels: list[str] | None = Field(
        default=None, description="Names of its channels; null until there is more than one."
    )
    count: int = Field(
        description="Observations so far: late ones, and those that retention removed, included."
    )
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
                    "unit": "bar",
                    "tags": ["hall 3", "pump"],
                    "retention": {"age_s": 2_592_000, "count": 1_000_000},
                    "duplicates": "timestamp",
                    "channels": ["inlet", "outlet"],
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
    unit: Annotated[str, StringConstraints(max_length=MAX_UNIT)] | None = Field(
        default=None, description="What its values are measured in; may be changed."
    )
    tags: list[Label] | None = Field(
        default=None, max_length=MAX_TAGS, description="Words to find it by; may be changed."
    )
    retention: Retention | None = Field(
        default=None, description="What is kept; null keeps everything; may be changed."
    )
    duplicates: Duplicates | None = Field(
        default=None,
        description="`timestamp`: one observation a timestamp. `keep`: equal timestamps are all "
        "kept, and each observation brings its own `seq`.",
    )
    channels: Channels | None = Field(
        default=None,
        description="Names of its channels, or how many; told by the first observation if left "
        "out.",
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
    client_seq: int | None = Field(
        default=None, description="The sender's own `seq`; only under `duplicates=keep`."
    )
    channel: str | None = Field(
        default=None,
        description="The channel with the highest score, whose value and verdict these are; only "
        "of several channels.",
    )
    values: dict[str, float | None] | None = Field(
        default=None, description="The values of all channels; only of several."
    )


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
    client_seq: int | None = Field(default=None, description="As of an observation.")
    channel: str | None = Field(default=None, description="As of an observation.")
    values: dict[str, float | None] | None = Field(
        default=None, description="As of an observation."
    )
    label: KeptLabel | None = Field(
        default=None, description="The newest label of a stretch that it lies in; null for none."
    )


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
