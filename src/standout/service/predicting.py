"""Predictions: what models say of rows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from standout.detectors.batch.fitted import TableVerdicts
from standout.detectors.thresholds import SHIPPED
from standout.errors import InvalidInput
from standout.features.columns import Column
from standout.schemas.predictions import (
    BatchPredictions,
    BatchVerdict,
    ExplainedVerdict,
    PredictAnswer,
    PredictBatchAnswer,
    PredictBatchRequest,
    PredictRequest,
)
from standout.service.serving import ModelCache, ServedModel
from standout.service.severity import severities, severity
from standout.types import Batch

MAX_ROWS: Final = 1_000_000
"""Rows of one JSON batch."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of rows that follow each other.

    Parameters
    ----------
    verdicts
        Of ``n`` rows.
    shares
        Contribution of each feature, shape ``(n, d)``; None where they were not asked for.
    """

    verdicts: TableVerdicts
    shares: Batch | None


class PredictionService:
    """Lets models judge.

    Parameters
    ----------
    cache
        Has the models.
    """

    def __init__(self, cache: ModelCache) -> None:
        self._cache = cache

    async def one(self, request: PredictRequest) -> PredictAnswer:
        """Judge one row, and say why. It changes nothing: the same row has the same answer.

        Raises
        ------
        ModelNotFound, ModelNotReady, ModelDamaged
            The model cannot be asked.
        ColumnNotFound, InvalidInput
            The row is not what the model knows.
        """
        served = self._cache.at_hand(request.model_id)
        if served is None:
            served = await self._cache.get(request.model_id)
        if served.quick:
            return judge_one(served, request)
        return await asyncio.to_thread(judge_one, served, request)

    async def many(self, request: PredictBatchRequest) -> PredictBatchAnswer:
        """Judge rows that follow each other; raises as `one`, with the row."""
        served = await self._cache.get(request.model_id)
        return await asyncio.to_thread(judge_many, served, request)

    def at_hand(self, model_id: str) -> ServedModel | None:
        """Return a model that is in memory; None if it is not."""
        return self._cache.at_hand(model_id)

    async def served(self, model_id: str) -> ServedModel:
        """Return a model that is ready; raises as `one`."""
        return await self._cache.get(model_id)


def judge_one(served: ServedModel, request: PredictRequest) -> PredictAnswer:
    """Judge one row; about 30 microseconds with a forest."""
    fitted = served.fitted
    columns = served.rows.one(request.data)
    source, before = _before(served, request.history)
    verdicts = fitted.score(columns, before)
    shares = fitted.explain(verdicts.features)
    score = float(verdicts.score[0])
    missing = verdicts.missing
    verdict = ExplainedVerdict(
        is_anomaly=score >= SHIPPED,
        score=score,
        threshold=SHIPPED,
        severity=severity(score),
        contributions=dict(zip(served.names, shares[0].tolist(), strict=True)),
        contribution_kind=fitted.contribution_kind,
        imputed=[] if missing is None else _named(served.names, missing[0]),
        history=source,
    )
    return PredictAnswer(served.model_id, served.version, verdict, score, _now())


def judge_many(served: ServedModel, request: PredictBatchRequest) -> PredictBatchAnswer:
    """Judge rows that follow each other; takes time in proportion to them."""
    data = request.data
    read = served.rows
    columns = read.columns(data) if isinstance(data, dict) else read.many(_some(data))
    source, before = _before(served, request.history)
    judged = judge(served, columns, before, shares=request.contributions)
    verdicts = judged.verdicts
    if not len(verdicts.score):
        raise InvalidInput("There are no rows in data; send at least one.")
    anomalies = int(np.count_nonzero(verdicts.anomaly))
    predictions = BatchPredictions(
        anomaly_count=anomalies,
        total_records=len(verdicts.score),
        anomaly_rate=anomalies / len(verdicts.score),
        threshold=SHIPPED,
        contribution_kind=served.fitted.contribution_kind,
        history=source,
        verdicts=_verdicts(served, judged),
    )
    return PredictBatchAnswer(served.model_id, served.version, predictions, _now())


def judge(
    served: ServedModel,
    columns: Mapping[str, Column],
    history: Mapping[str, Column] | None,
    *,
    shares: bool,
) -> Judged:
    """Judge columns, as `RowReader` gives them."""
    verdicts = served.fitted.score(columns, history)
    return Judged(verdicts, served.fitted.explain(verdicts.features) if shares else None)


def _before(
    served: ServedModel, history: Sequence[Mapping[str, Any]] | None
) -> tuple[str | None, dict[str, Column] | None]:
    """Return where the rows before come from, and their columns; None are the training rows."""
    if not served.rows.looks_back:
        return None, None
    if history is None:
        return "training", None
    return "request", served.rows.history(history)


def _some(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if not 1 <= len(rows) <= MAX_ROWS:
        raise InvalidInput(f"A batch has 1 to {MAX_ROWS:,} rows, got {len(rows):,}.")
    return rows


def _verdicts(served: ServedModel, judged: Judged) -> list[BatchVerdict]:
    scores = judged.verdicts.score
    flags, words = judged.verdicts.anomaly.tolist(), severities(scores)
    if judged.shares is None:
        return list(map(BatchVerdict, flags, scores.tolist(), words))
    shares = [dict(zip(served.names, row, strict=True)) for row in judged.shares.tolist()]
    return list(map(BatchVerdict, flags, scores.tolist(), words, shares))


def _named(names: Sequence[str], missing: Any) -> list[str]:
    return [name for name, lacking in zip(names, missing.tolist(), strict=True) if lacking]


def _now() -> str:
    return f"{datetime.now(UTC).replace(tzinfo=None).isoformat()}Z"
