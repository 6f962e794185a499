"""Datasets: what is told of uploaded tables."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

Kind = Literal["integer", "number", "boolean", "datetime", "text"]


class TimeFacts(BaseModel):
    """What is told of the column of times."""

    first: str = Field(description="ISO 8601, UTC.")
    last: str = Field(description="ISO 8601, UTC.")
    step_s: float | None = Field(description="Median time from one row to the next.")
    gaps: int = Field(description="Places with more than one and a half steps.")
    duplicates: int = Field(description="Rows at a time that another row has, too.")
    ordered: bool = Field(description="Whether the rows are in order of time.")


class DataInfo(BaseModel):
    """The profile of a table."""

    filename: str
    format: str = Field(description="Found by the bytes, whatever the name says.")
    size_bytes: int = Field(description="Of what was uploaded.")
    delimiter: str | None = Field(default=None, description="Of a CSV.")
    encoding: str | None = Field(default=None, description="Of a text.")
    header: bool | None = Field(default=None, description="Whether a CSV has one.")
    decimal_comma: list[str] = Field(
        default=[], description="Columns whose numbers have a comma for a point."
    )
    rows: int
    columns: int
    column_names: list[str]
    data_types: dict[str, Kind]
    missing_values: dict[str, int]
    numeric_columns: list[str]
    categorical_columns: list[str] = Field(description="Columns of text, and of yes and no.")
    datetime_columns: list[str]
    date_column: str | None = Field(description="The column of times that rows are sorted by.")
    time: TimeFacts | None
    duplicate_rows: int
    statistics: dict[str, dict[str, Any]] = Field(
        description="By column: min, median, max, mean, std, unique; of text the most common."
    )
    shapes: dict[str, dict[str, Any]] = Field(
        default={},
        description="By column, for pictures: of numbers `histogram` in bins of equal width and "
        "`strip`, the lowest and highest part by part; of text `common`, pairs of a value and its "
        "count.",
    )
    sample: list[dict[str, Any]] = Field(description="The first 20 rows.")
    warnings: list[str] = Field(description="What to know before it is used, in words.")


class DatasetInfo(BaseModel):
    """A dataset."""

    dataset_id: str
    created: str = Field(description="ISO 8601, UTC.")
    sha256: str = Field(description="Of the rows as they are kept.")
    data_info: DataInfo


class UploadedDataset(DatasetInfo):
    """A dataset that has just come in."""

    message: str


class DatasetSummary(BaseModel):
    """A dataset in a list."""

    dataset_id: str
    filename: str
    format: str
    rows: int
    columns: int
    size_bytes: int
    created: str = Field(description="ISO 8601, UTC.")


class DatasetPage(BaseModel):
    """A page of datasets, newest first."""

    datasets: list[DatasetSummary]
    next: str | None = Field(description="Give it as `after` for the next page; null at the end.")
