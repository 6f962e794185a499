"""Runs over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Token = Annotated[
    StrictInt | StrictStr,
    Field(description="A number or text; 7 and `7` are the same token.", examples=[7]),
]


class FitRequest(BaseModel):
    """Rows that a run is fitted to."""

    model_config = ConfigDict(extra="forbid")

    user_token: Token
    run_id: StrictStr | StrictInt | None = Field(default=None, description="Made up if left out.")
    training_data: list[list[Number]] = Field(
        description="Rows of equal length, 1 to 500 numbers each.",
        examples=[[[10, 20, 30], [15, 25, 35], [12, 22, 32]]],
    )


class UpdateRequest(FitRequest):
    """Rows that a run learns beside those that it knows."""

    run_id: StrictStr | StrictInt


class DetectRequest(BaseModel):
    """A row to be judged."""

    model_config = ConfigDict(extra="forbid")

    user_token: Token
    run_id: StrictStr | StrictInt
    values: list[Number] = Field(description="One for each column.", examples=[[11, 21, 31]])


class Fitted(BaseModel):
    """What a fit is answered with."""

    message: str
    run_id: str


class Done(BaseModel):
    """That something was done."""

    message: str


class RunResult(BaseModel):
    """What was found of a row."""

    z_score_anomaly: float = Field(
        description="Largest distance of a value from its mean, in standard deviations."
    )
    gaussian_probability: float = Field(
        description="Smallest Gaussian density of a value; it depends on units and flags nothing."
    )
    normalized_probability: float = Field(
        description="Smallest density of a value over the density at its mean.", ge=0, le=1
    )
    mahalanobis_distance: float = Field(description="In standard deviations.")
    anomaly_detected: bool


class RunAnswer(BaseModel):
    """The verdict on a row."""

    result: RunResult


class TrackedAnomaly(BaseModel):
    """A row that was flagged."""

    id: int
    at: str = Field(description="ISO 8601, UTC.")
    values: list[float]
    result: RunResult


class TrackedAnomalies(BaseModel):
    """A page of what a run has flagged, oldest first."""

    user_token: str
    run_id: str
    count: int = Field(description="How many are kept: the newest 10,000.")
    anomalies: list[TrackedAnomaly]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")


class RunExport(BaseModel):
    """All that a run knows."""

    user_token: str
    run_id: str
    count: int = Field(description="Rows that it has learnt.")
    means: list[float]
    stds: list[float] = Field(description="With n - 1.")
    covariance: list[list[float]]
    created: str = Field(description="ISO 8601, UTC.")
    updated: str = Field(description="ISO 8601, UTC.")


class SavedRun(Done):
    """Where a run was written."""

    path: str = Field(description="Within the data folder.")


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a JSON body that is read beside the framework."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}
