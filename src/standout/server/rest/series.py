"""A series in a JSON body: each value with its verdict."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from standout.detectors import registry
from standout.detectors.thresholds import SHIPPED
from standout.domain.times import zone
from standout.errors import InvalidInput, InvalidParameter
from standout.schemas.series import (
    PredictedSeries,
    SeriesAnswer,
    SeriesRequest,
    decode_series,
    read_series,
    schema,
)
from standout.server.rest.bodies import JSON, whole
from standout.service.scoring import Detection, detect
from standout.service.series import WARMUP, score_series
from standout.service.time_columns import read_times
from standout.types import Times, Values

_encoder = msgspec.json.Encoder()
MAX_VALUES = 1_000_000
_UNITS = ("s", "ms", "us", "ns")


def described() -> dict[str, Any]:
    """Describe the body, by media type."""
    example = {"values": [1.0, 1.2, 1.1, 9.9, 1.0]}
    return {JSON: {"schema": schema(), "example": example}}


async def answer(request: Request, max_bytes: int) -> Response:
    """Judge the series in a request's body.

    Raises
    ------
    MalformedMessage, MessageTooLarge, InvalidInput
        The body is not of this form, or too large, or has no values.
    UnknownDetector, InvalidParameter, InvalidTimestamp
        No such detector, a parameter that it has not, or a time that is none.
    """
    body = await whole(request, max_bytes=max_bytes)
    content = await asyncio.to_thread(_judged, body)
    return Response(content, media_type=JSON)


async def predict(body: dict[str, Any]) -> PredictedSeries:
    """Judge values by an isolation forest on their rolling mean and standard deviation.

    Raises
    ------
    InvalidInput
        Not a list of numbers and nulls, or a million of them and more.
    """
    asked = read_series(body)
    if len(asked.values) > MAX_VALUES:
        raise InvalidInput(
            f"A series has at most {MAX_VALUES:,} values, got {len(asked.values):,}."
        )
    return await asyncio.to_thread(_predicted, asked.values)


def _predicted(values: list[float | None]) -> PredictedSeries:
    found = score_series(values)
    scores = _numbers(found.score)
    few = f"Need more than {WARMUP} points to run anomaly detection"
    return PredictedSeries(
        warmup_points_dropped=found.dropped,
        anomaly=[None if score is None else int(score >= SHIPPED) for score in scores],
        anomaly_score=scores,
        message=few if found.too_few else None,
    )


def _judged(body: bytes) -> bytes:
    asked = decode_series(body)
    channels = _channels(asked)
    count = len(asked.values) * max(channels, 1)
    if not 1 <= count <= MAX_VALUES:
        raise InvalidInput(f"A series has 1 to {MAX_VALUES:,} values, got {count:,}.")
    found = detect(
        np.array(asked.values, np.float64),
        _times(asked),
        detector=asked.detector,
        window=asked.window,
        params=asked.params,
    )
    return _encoder.encode(_told(found, several=channels > 0, votes=asked.votes))


def _channels(asked: SeriesRequest) -> int:
    """Return how many values each row is a list of; 0 where they are plain numbers."""
    found = sorted({len(row) if isinstance(row, list) else 0 for row in asked.values})
    if len(found) > 1:
        told = " and ".join(f"lists of {size}" if size else "plain values" for size in found[:2])
        raise InvalidInput(f"Each row must have the same channels, got {told}.")
    return found[0] if found else 0


def _times(asked: SeriesRequest) -> Times | None:
    if asked.timestamps is None:
        return None
    if len(asked.timestamps) != len(asked.values):
        counts = f"{len(asked.timestamps):,} timestamps for {len(asked.values):,} values"
        raise InvalidInput(f"There must be one timestamp for each value, got {counts}.")
    if asked.unit is not None and asked.unit not in _UNITS:
        raise InvalidParameter(f"A unit is one of {', '.join(_UNITS)}, got {asked.unit[:40]!r}.")
    read = read_times(asked.timestamps, zone(asked.tz), asked.unit)
    if read.error is not None:
        raise read.error.at(len(read.times_us) + 1)
    return read.times_us


def _told(found: Detection, *, several: bool, votes: bool) -> SeriesAnswer:
    flags = [None if np.isnan(a) else int(a) for a in found.anomaly.tolist()]
    voters = _voters(found.detector) if votes else []
    return SeriesAnswer(
        detector=found.detector,
        total_anomalies=int((found.anomaly == 1).sum()),
        score=_numbers(found.score),
        anomaly=flags,
        expected=_numbers(found.expected),
        lower=_numbers(found.lower),
        upper=_numbers(found.upper),
        channel=[None if c < 0 else c for c in found.channel.tolist()] if several else None,
        dropped=list(found.dropped) if several else None,
        voters=voters or None,
        votes=found.votes.tolist() if voters else None,
    )


def _voters(detector: str) -> list[str]:
    """Return who votes; nobody for a detector of whole series."""
    return list(registry.voters(detector)) if detector in registry.names() else []


def _numbers(column: Values) -> list[float | None]:
    return [
        x if known else None for x, known in zip(column.tolist(), np.isfinite(column), strict=True)
    ]
