"""``/timeline`` and ``/anomalies/unlabelled``: all streams at once, for the overview."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Response

from standout.bootstrap import Services
from standout.detectors import registry
from standout.domain.labels import FALSE_ALARM, REAL
from standout.domain.times import to_iso
from standout.schemas.windows import LaneTold, Queue, Timeline, Waiting
from standout.service.overview import MAX_BUCKETS, Align, Lane, Overview, Span, waiting
from standout.service.streams import MAX_LIMIT
from standout.service.told import stretch_told

DAY_S: Final = 86_400
NO_DATA: Final = -1
"""What stands in `peaks` for a bucket without any observation; null is one without a score."""

_json = msgspec.json.Encoder()
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}

SpanSeconds = Annotated[float, Query(alias="span", gt=0, description="Seconds that it spans.")]
Buckets = Annotated[int, Query(ge=1, le=MAX_BUCKETS, description="Parts that it is cut into.")]
AlignTo = Annotated[
    Align,
    Query(
        description=(
            "Where it ends: now; for each stream at its newest observation; or now if any stream "
            "has one in the span, else at the newest."
        )
    ),
]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Entries of a page.")]


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["streams"])

    @routes.get("/timeline", response_class=Response, responses=_ANSWER)
    async def timeline(
        *,
        span: SpanSeconds = DAY_S,
        buckets: Buckets = 96,
        align: AlignTo = "auto",
        limit: Limit = MAX_LIMIT,
        after: Annotated[str | None, Query(description="The `next` of the page before.")] = None,
    ) -> Response:
        """Tell the highest score of all streams bucket by bucket, and what waits for a label.

        `peaks` has -1 for a bucket without observations, null for one without a score. Lanes come
        by id; `all` and the counts are of all streams, whatever the page. An answer may be some
        seconds old where reading takes long.
        """
        asked = Span(span_s=span, buckets=buckets, align=align)
        overview = await services.overview.look(asked)
        lanes = [o for o in overview.lanes if after is None or o.head.record.id > after]
        shown = lanes[:limit]
        more = shown[-1].head.record.id if len(lanes) > len(shown) else None
        told = _timeline(services, overview, asked, shown, more)
        return Response(_json.encode(told), media_type="application/json")

    @routes.get("/anomalies/unlabelled", response_class=Response, responses=_ANSWER)
    async def unlabelled(
        *,
        span: SpanSeconds = DAY_S,
        buckets: Buckets = 96,
        align: AlignTo = "auto",
        limit: Limit = 20,
    ) -> Response:
        """List anomalies of all streams that wait for a label: those that go on, then the worst.

        The 50 newest of each stream count.
        """
        asked = Span(span_s=span, buckets=buckets, align=align)
        overview = await services.overview.look(asked)
        found = waiting(overview)
        newest = max((label.created_us for label in overview.labels), default=None)
        told = Queue(
            anomalies=[_waiting(lane, one) for lane, one in found[:limit]],
            total=len(found),
            last_labelled=None if newest is None else to_iso(newest),
        )
        return Response(_json.encode(told), media_type="application/json")

    return routes


def _timeline(
    services: Services, overview: Overview, span: Span, shown: list[Lane], more: str | None
) -> Timeline:
    ends = {lane.to_us for lane in overview.lanes}
    to_us = ends.pop() if len(ends) == 1 else None
    delay_s = services.meters.commit_quantile_s(0.95)
    return Timeline(
        align=overview.align,
        span_s=span.bucket_us * span.buckets / 1e6,
        buckets=span.buckets,
        from_=None if to_us is None else to_iso(to_us - span.bucket_us * span.buckets),
        to=None if to_us is None else to_iso(to_us),
        streams=len(overview.lanes),
        all=_peaks(overview.together(span.buckets).tolist()),
        to_label=sum(len(lane.waiting) for lane in overview.lanes),
        real=overview.counted(REAL),
        false_alarms=overview.counted(FALSE_ALARM),
        labelled=len(overview.labels),
        delay_p95_ms=None if delay_s is None else round(delay_s * 1e3, 1),
        lanes=[_lane(lane) for lane in shown],
        next=more,
    )


def _lane(lane: Lane) -> LaneTold:
    ongoing = lane.ongoing
    names = registry.voters(lane.head.record.detector)
    return LaneTold(
        id=lane.head.record.id,
        from_=to_iso(lane.from_us),
        to=to_iso(lane.to_us),
        from_us=lane.from_us,
        to_us=lane.to_us,
        peaks=_peaks(lane.peaks.tolist()),
        flagged=lane.flagged.tolist(),
        worst=None if lane.worst < 0 else lane.worst,
        newest_anomaly_us=lane.anomalies[-1].to_us if lane.anomalies else None,
        ongoing=None if ongoing is None else stretch_told(ongoing, names),
        to_label=len(lane.waiting),
    )


def _waiting(lane: Lane, one: Any) -> Waiting:
    record = lane.head.record
    names = registry.voters(record.detector)
    unit = record.unit
    return Waiting(stream=record.id, unit=unit, anomaly=stretch_told(one, names), voters=len(names))


def _peaks(peaks: list[float]) -> list[float | None]:
    return [None if math.isnan(p) else NO_DATA if p < 0 else round(p, 3) for p in peaks]
