"""Labels, and measuring detectors on what is labelled."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Path, Query, Response

from standout.bootstrap import Services
from standout.detectors import registry
from standout.domain.labels import Label
from standout.domain.records import Stream
from standout.domain.times import now_us, parse_timestamp, to_iso, zone
from standout.errors import InvalidInput, InvalidParameter
from standout.evaluation.figures import FamilyFigures
from standout.evaluation.plain import as_plain
from standout.schemas import labels as wire
from standout.schemas.evaluation import Evaluation, EvaluationRequest
from standout.schemas.streams import AnomalyPage
from standout.server.rest.bodies import CSV
from standout.service.evaluation import evaluate
from standout.service.streams import MAX_LIMIT

SLOW = frozenset({"half_space_trees"})
"""Peers that would keep a server busy for minutes; the command line measures them."""

CSV_COLUMNS = ("id", "from", "to", "label", "note", "who", "created")
_EXPORT: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}

MAX_LABEL_BYTES = 64 << 10
MAX_VALUES_BYTES = 64 << 20


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter()

    @routes.post(
        "/streams/{stream_id}/labels",
        status_code=201,
        tags=["labels"],
        max_body_size=MAX_LABEL_BYTES,
    )
    async def add_label(stream_id: str, label: wire.NewLabel) -> wire.Label:
        """Say of a stretch of a stream what it was: real, a false alarm, or unsure."""
        record = await services.streams.find(stream_id)
        kept = await services.labels.add(_read_label(record, label))
        return _told(kept)

    @routes.delete(
        "/streams/{stream_id}/labels/{label_id}",
        status_code=204,
        tags=["labels"],
        responses={404: {"description": "There is no such stream, or it has no such label."}},
    )
    async def delete_label(stream_id: str, label_id: Annotated[int, Path(ge=0, le=2**62)]) -> None:
        """Take back what was said of a stretch."""
        record = await services.streams.find(stream_id)
        await services.labels.delete(record, label_id)

    @routes.get(
        "/streams/{stream_id}/labels",
        response_model=wire.LabelPage,
        responses=_EXPORT,
        tags=["labels"],
    )
    async def list_labels(
        stream_id: str,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
        after: Annotated[int, Query(ge=0, le=2**62)] = 0,
        format_: Annotated[
            Literal["json", "csv"],
            Query(alias="format", description="CSV has all labels, up to 100,000."),
        ] = "json",
    ) -> wire.LabelPage | Response:
        """List what was said of a stream, in the order in which it was."""
        record = await services.streams.find(stream_id)
        if format_ == "csv":
            return _csv(stream_id, await services.labels.all(record))
        found = await services.labels.page(record, limit=limit + 1, after=after)
        more = len(found) > limit
        shown = [_told(label) for label in found[:limit]]
        return wire.LabelPage(id=stream_id, labels=shown, next=str(shown[-1].id) if more else None)

    @routes.post("/evaluate", tags=["labels"], max_body_size=MAX_VALUES_BYTES)
    async def measure(request: EvaluationRequest) -> Evaluation:
        """Measure detectors on a labelled stream, or on labelled values.

        Every score is causal: given before its value was learnt.
        """
        slow = SLOW.intersection(request.detectors or ())
        if slow:
            msg = f"{min(slow)} is too slow for a request; use `standout evaluate`."
            raise InvalidParameter(msg)
        if (request.stream is None) == (request.values is None):
            raise InvalidInput("Give either a stream or values with labels.")
        if request.stream is not None:
            record = await services.streams.find(request.stream)
            figures = await services.labels.evaluate(
                record, detectors=request.detectors, window=request.window
            )
        else:
            figures = await asyncio.to_thread(_evaluate_values, request)
        results: list[dict[str, Any]] = []
        for one in figures:
            plain = as_plain(one)
            (only,) = plain.pop("series")
            results.append({**plain, "rows": only["rows"]})
        first = figures[0].series[0]
        return Evaluation(rows=first.rows, anomalous_rows=first.anomalous_rows, results=results)

    return routes


def _evaluate_values(request: EvaluationRequest) -> list[FamilyFigures]:
    if request.labels is None:
        raise InvalidInput("Labels are missing: one for each value, 1 where it is anomalous.")
    times = None
    if request.timestamps is not None:
        utc = zone("UTC")
        times = np.array([parse_timestamp(t, utc, None) for t in request.timestamps], np.int64)
    return evaluate(
        "values",
        np.array([np.nan if v is None else v for v in request.values or ()], np.float64),
        np.array(request.labels, np.bool_),
        times,
        detectors=request.detectors or [registry.DEFAULT],
        window=request.window or 100,
    )


def _read_label(record: Stream, label: wire.NewLabel) -> Label:
    tz = zone(record.tz)
    from_us = parse_timestamp(label.from_, tz, record.time_unit)
    to_us = from_us + 1 if label.to is None else parse_timestamp(label.to, tz, record.time_unit)
    return Label(
        stream=record.key,
        from_us=from_us,
        to_us=to_us,
        word=label.label,
        note=label.note,
        who=label.who,
        created_us=now_us(),
    )


def add_labels(page: AnomalyPage, labels: list[Label]) -> AnomalyPage:
    """Give each anomaly of a page the newest label of a stretch that it lies in."""
    utc = zone("UTC")
    times = [parse_timestamp(anomaly.timestamp, utc, None) for anomaly in page.anomalies]
    near = [o for o in labels if times and o.from_us <= times[-1] and o.to_us > times[0]]
    near.sort(key=lambda label: (label.created_us, label.id), reverse=True)
    for anomaly, at in zip(page.anomalies, times, strict=True):
        newest = next((o for o in near if o.from_us <= at < o.to_us), None)
        anomaly.label = None if newest is None else _told(newest)
    return page


def _csv(stream_id: str, labels: list[Label]) -> Response:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(CSV_COLUMNS)
    for label in map(_told, labels):
        said = (label.label, _no_formula(label.note), _no_formula(label.who))
        rows.writerow((label.id, label.from_, label.to, *said, label.created))
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in stream_id)
    disposition = f'attachment; filename="{name}-labels.csv"'
    return Response(text.getvalue(), media_type=CSV, headers={"Content-Disposition": disposition})


def _no_formula(text: str) -> str:
    """Return a text that a spreadsheet shows and does not compute."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _told(label: Label) -> wire.Label:
    return wire.Label(
        id=label.id,
        from_=to_iso(label.from_us),
        to=to_iso(label.to_us),
        label=label.word,  # type: ignore[arg-type] # checked when it was kept
        note=label.note,
        who=label.who,
        created=to_iso(label.created_us),
    )
