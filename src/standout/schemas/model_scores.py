"""What models' scores look like: of a training at every threshold, and of whole datasets."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field


class ModelMeasures(BaseModel):
    """What the scores of a version's training say at every threshold.

    Lists count rows in bins of the algorithm's own score: what lies at or above a threshold is
    the sum from its bin on.
    """

    model_id: str
    version: int
    scores: list[float] | None = Field(
        description="The score in [0, 1] at which each bin begins; null where it was not kept."
    )
    shipped: int | None = Field(description="The bin that begins at 0.6, where rows are flagged.")
    training: list[int] | None = Field(
        description="Of the rows that were learnt; null where it was not kept."
    )
    rows: list[int] | None = Field(
        description="Of the rows that labels were measured on; null without labels."
    )
    anomalies: list[int] | None = Field(description="Those of them that are labelled anomalous.")
    importance: dict[str, float] = Field(
        description="Mean share of each feature in the scores of flagged training rows, the "
        "largest first, at most 40."
    )


class ScoredRow(BaseModel):
    """A row of a dataset with its verdict."""

    row: int = Field(description="From 1, in the order of the dataset.")
    score: float
    severity: str
    is_anomaly: bool
    data: dict[str, Any] = Field(description="Its cells.")


class EventFigures(BaseModel):
    """What is found of labelled stretches in the order of time, at the shipped threshold.

    One flagged row finds its event; nothing is point-adjusted.
    """

    events: int = Field(description="Labelled rows that follow each other are one.")
    found: int = Field(description="Events in which a row is flagged.")
    false_alarms: int = Field(
        description="Stretches of flagged rows outside all labels; a long one counts once for "
        "each started length of a typical event."
    )
    false_alarms_per_day: float | None = Field(description="null where no time passes.")
    precision: float | None = Field(description="null without events found and false alarms.")
    recall: float | None = Field(description="null without events.")
    f1: float | None = Field(description="null without events.")
    delay_rows: float | None = Field(
        description="Median rows from an event's first to its first flagged one; null if none."
    )
    delay_s: float | None = Field(description="The same in seconds.")


class DatasetScores(BaseModel):
    """What a version of a model says of all rows of a dataset."""

    model_id: str
    version: int
    dataset_id: str
    total_records: int
    anomaly_count: int
    anomaly_rate: float
    history: Literal["training", "nothing"] | None = Field(
        description="What came before the first row; null where the model does not look back."
    )
    peaks: list[float] = Field(
        description="Highest score of each part; all parts have as many rows, in order of time."
    )
    edges: list[str] | None = Field(
        description="Times of the first row of each part and of the last row, ISO 8601, UTC; null "
        "without a column of times."
    )
    labelled: list[bool] | None = Field(
        description="Whether a part has a row that is labelled anomalous; null without labels."
    )
    precision: float | None = Field(description="By the labels; null without.")
    recall: float | None = Field(description="By the labels; null without.")
    events: EventFigures | None = Field(
        description="By the labels in the order of time; null without labels or times."
    )
    score_us: float = Field(description="Microseconds a row that scoring took.")
    highest: list[ScoredRow] = Field(description="The rows with the highest scores.")
