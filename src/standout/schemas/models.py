"""Models: what is asked of a training, and what is told of models."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from standout.schemas.jobs import JobStatus


class TrainRequest(BaseModel):
    """What is to be trained."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "algorithm": "isolation_forest",
                    "contamination": 0.1,
                    "target_column": "price",
                    "feature_columns": ["volume", "amount"],
                }
            ]
        },
    )

    algorithm: str = Field(
        default="isolation_forest", description="A name from `GET /algorithms`.", max_length=200
    )
    contamination: float = Field(
        default=0.1, ge=0.01, le=0.5, description="Share of anomalous rows that is expected."
    )
    target_column: str | None = Field(
        default=None,
        description="Column to detect anomalies in, with its lags and rolling statistics; without "
        "it, each row is judged by itself.",
    )
    feature_columns: list[str] | None = Field(
        default=None,
        max_length=10_000,
        description="Other columns to use; all of numbers if left out. Text is used where named.",
    )
    label_column: str | None = Field(
        default=None,
        description="0 or 1 a row. Supervised algorithms learn from it, `one_class` leaves its 1s "
        "out, and for the others it only measures.",
    )
    date_column: str | None = Field(
        default=None, description="Column of times; found by itself if left out."
    )
    mode: Literal["unsupervised", "one_class", "supervised"] | None = Field(
        default=None, description="What the algorithm is made for if left out."
    )
    params: dict[str, Any] = Field(
        default={}, description="The algorithm's own; see `GET /algorithms`."
    )
    seed: int = Field(default=0, ge=0, le=2**31 - 1, description="Decides every draw.")


class TrainingEstimate(BaseModel):
    """What a training takes, told before it starts; right to a factor of about three."""

    seconds: float = Field(description="Of one core.")
    memory_bytes: int = Field(description="At most, besides the table itself.")
    rows_used: int = Field(description="Rows that are learnt; fewer than there are if it samples.")
    refusal: str | None = Field(description="Why it will not be done; null where it will.")
    note: str | None = Field(
        description="That not all rows are learnt, and why; null where all are."
    )


class TrainAnswer(BaseModel):
    """A model that was trained, or is being trained."""

    model_id: str
    version: int
    state: Literal["training", "ready", "failed"]
    training_stats: dict[str, Any] = Field(description="Empty until it is ready.")
    total_records: int = Field(description="Rows of the dataset.")
    estimate: TrainingEstimate
    job: JobStatus
    message: str


class VersionInfo(BaseModel):
    """One version of a model."""

    version: int
    state: Literal["training", "ready", "failed"]
    live: bool = Field(description="Whether it is the one that predicts.")
    algorithm: str
    dataset_id: str
    job_id: str
    request: dict[str, Any] = Field(description="What was asked for.")
    training_stats: dict[str, Any]
    detail: str = Field(description="Why it failed.")
    size_bytes: int
    sha256: str = Field(description="Of its file.")
    created: str = Field(description="ISO 8601, UTC.")
    ready: str | None = Field(description="ISO 8601, UTC.")


class ModelSummary(BaseModel):
    """A model in a list."""

    model_id: str
    algorithm: str
    state: Literal["training", "ready", "failed"]
    version: int
    dataset_id: str
    training_stats: dict[str, Any]
    created: str = Field(description="ISO 8601, UTC.")


class ModelInfo(ModelSummary):
    """A model with its versions; at the top, the one that predicts, else the newest."""

    target_column: str | None
    feature_columns: list[str] = Field(description="Columns that rows must have.")
    contamination: float
    versions: list[VersionInfo]


class LoadedModel(ModelInfo):
    """A model that has just been brought into memory."""

    message: str


class ModelPage(BaseModel):
    """A page of models, newest first."""

    models: list[ModelSummary]
    count: int = Field(description="Of this page.")
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class CombinedDataset(BaseModel):
    """The training rows of a model, and new ones after them."""

    combined_dataset_id: str
    total_records: int
    original_records: int
    new_records: int
    message: str


class AlgorithmInfo(BaseModel):
    """What a person wants to know of an algorithm before choosing it."""

    name: str
    title: str
    summary: str
    good_at: str
    bad_at: str
    cost: str
    supervised: bool = Field(description="Whether it needs labels.")
    one_class: bool = Field(description="Whether it can learn from clean rows only.")
    params: dict[str, Any] = Field(description="JSON Schema of its parameters.")


class AlgorithmList(BaseModel):
    """All algorithms, the default first."""

    algorithms: list[AlgorithmInfo]
    default: str
