"""Predictions on the wire: rows in, verdicts out."""

from __future__ import annotations

from typing import Any

import msgspec

Cell = bool | int | float | str | None
Row = dict[str, Cell]


class PredictRequest(msgspec.Struct, forbid_unknown_fields=True):
    """One row for a model.

    `history` holds the rows before it, oldest first, of which the target and the date are looked
    at; without it, the last training rows came before. An empty one says that nothing did.
    """

    model_id: str
    data: Row
    history: list[Row] | None = None


class Verdict(msgspec.Struct):
    """What a model says of a row; the threshold is 0.6 of 1."""

    is_anomaly: bool
    score: float
    threshold: float
    severity: str


class ExplainedVerdict(Verdict):
    """A verdict, and why: shares of the score by feature, which sum to 1 or are all 0.

    `contribution_kind` says what they are shares of. `imputed` are features without a value, for
    which the median of the training rows stood in. `history` is "training" or "request": where
    the rows before this one came from; null where the model does not look back.
    """

    contributions: dict[str, float]
    contribution_kind: str
    imputed: list[str]
    history: str | None


class PredictAnswer(msgspec.Struct):
    """The verdict on one row."""

    model_id: str
    version: int
    prediction: ExplainedVerdict
    anomaly_score: float
    timestamp: str


class PredictBatchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Rows for a model, which follow each other: a list of objects, or an object of columns."""

    model_id: str
    data: list[Row] | dict[str, list[Cell]]
    history: list[Row] | None = None
    contributions: bool = False


class BatchVerdict(msgspec.Struct, omit_defaults=True):
    """What a model says of one of many rows."""

    is_anomaly: bool
    score: float
    severity: str
    contributions: dict[str, float] | None = None


class BatchPredictions(msgspec.Struct):
    """Verdicts in the order of the rows, and how many of them are anomalies."""

    anomaly_count: int
    total_records: int
    anomaly_rate: float
    threshold: float
    contribution_kind: str
    history: str | None
    verdicts: list[BatchVerdict]


class PredictBatchAnswer(msgspec.Struct):
    """The verdicts on many rows."""

    model_id: str
    version: int
    predictions: BatchPredictions
    timestamp: str


PREDICT_EXAMPLE: dict[str, Any] = {
    "model_id": "isolation_forest_20260131_120000_1a2b3c4d",
    "data": {"price": 120.5, "volume": 950, "amount": 10000},
}
PREDICT_BATCH_EXAMPLE: dict[str, Any] = {
    "model_id": "isolation_forest_20260131_120000_1a2b3c4d",
    "data": [
        {"price": 120.5, "volume": 950, "amount": 10000},
        {"price": 200.0, "volume": 950, "amount": 10000},
    ],
}
