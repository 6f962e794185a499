"""``GET /streams/{stream_id}/comparison``: detectors beside each other on its history."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Response

from standout.bootstrap import Services
from standout.detectors import registry
from standout.domain.records import Stream
from standout.domain.stretches import Stretch
from standout.domain.times import to_iso
from standout.schemas.comparing import Alarm, ComparedDetector, ComparisonTold
from standout.service.comparing import MAX_PX, Compared, ComparingService, Comparison

_json = msgspec.json.Encoder()
_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}},
    404: {"description": "There is no such stream."},
}

Names = Annotated[
    list[str] | None,
    Query(
        alias="detector",
        description="One to four; without it, the stream's own, and `auto` or the vote beside it.",
    ),
]
Px = Annotated[int, Query(ge=1, le=MAX_PX, description="Pixels that the history is cut into.")]


def router(services: Services) -> APIRouter:
    """Return the route over these services."""
    routes = APIRouter(tags=["streams"])
    comparing = ComparingService(services.store)

    @routes.get("/streams/{stream_id}/comparison", response_class=Response, responses=_ANSWER)
    async def comparison(stream_id: str, *, detector: Names = None, px: Px = 400) -> Response:
        """Judge the newest 50,000 observations anew by several detectors, and count their alarms.

        Nothing is stored: the stream's own verdicts stay. Where there are labels, `found` and
        `missed` count those that say real, `on_false_alarms` the alarms that were said to be
        false.
        """
        record = await services.streams.find(stream_id)
        summary = await services.streams.get(stream_id)
        found = await comparing.compare(record, detector or _pair(record), px=px)
        told = _told(record, found, px, changeable=summary.count == 0)
        headers = {"Cache-Control": "no-store"}
        return Response(_json.encode(told), media_type="application/json", headers=headers)

    return routes


def _pair(record: Stream) -> list[str]:
    auto = registry.for_stream(registry.AUTO)
    other = registry.DEFAULT if record.detector == auto else registry.AUTO
    return [record.detector, other]


def _told(record: Stream, found: Comparison, px: int, *, changeable: bool) -> ComparisonTold:
    empty = found.rows == 0
    return ComparisonTold(
        id=record.id,
        from_=None if empty else to_iso(found.from_us),
        to=None if empty else to_iso(found.to_us),
        from_us=found.from_us,
        to_us=found.to_us,
        rows=found.rows,
        whole=found.whole,
        px=px,
        changeable=changeable,
        real=found.real,
        false_alarms=found.false_alarms,
        at=found.at.tolist(),
        low=found.low.tolist(),
        high=found.high.tolist(),
        detectors=[_detector(record, one, found.real) for one in found.detectors],
    )


def _detector(record: Stream, one: Compared, real: int) -> ComparedDetector:
    return ComparedDetector(
        asked=one.asked,
        detector=one.detector,
        own=one.detector == record.detector,
        total_alarms=one.count,
        flagged=one.flagged,
        found=one.found,
        missed=real - one.found,
        on_false_alarms=one.on_false_alarms,
        unlabelled=one.unlabelled,
        peaks=one.peaks.tolist(),
        alarms=[_alarm(stretch) for stretch in one.alarms],
    )


def _alarm(one: Stretch) -> Alarm:
    return Alarm(
        from_=to_iso(one.from_us),
        to=to_iso(one.to_us),
        from_us=one.from_us,
        to_us=one.to_us,
        count=one.count,
        peak_us=one.peak_us,
        score=one.score,
        value=one.value,
        label=None if one.label is None else one.label.word,  # type: ignore[arg-type] # checked
    )
