"""``GET /streams/{stream_id}/strengths``: how surely each voter judged one observation."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Query

from standout.bootstrap import Services
from standout.detectors.thresholds import SHIPPED
from standout.domain.records import Stream
from standout.domain.times import parse_timestamp, to_iso, zone
from standout.schemas.strengths import StrengthsTold
from standout.server.rest.streams import Problems
from standout.service.strengths import Strengths, StrengthService

At = Annotated[str, Query(description="Time of the observation, ISO 8601 or epoch.")]
_TOLD = Problems | {422: {"description": "Nothing is stored at this time."}}


def router(services: Services) -> APIRouter:
    """Return the route over these services."""
    routes = APIRouter(tags=["streams"])
    strengths = StrengthService(services.store)

    @routes.get("/streams/{stream_id}/strengths", responses=_TOLD)
    async def read_strengths(stream_id: str, *, at: At) -> StrengthsTold:
        """Tell how surely each voter judged one observation, by its score alone.

        A verdict keeps the votes; strengths are found anew from the rows before, and told only
        where these lead to the stored verdict to the bit. `reason` says why not: retention has
        removed some of them, or they are too many to be judged in a second.
        """
        record = await services.streams.find(stream_id)
        time_us = parse_timestamp(at, zone(record.tz), record.time_unit)
        return _told(record, await strengths.read(record, time_us))

    return routes


def _told(record: Stream, found: Strengths) -> StrengthsTold:
    several = found.channel is not None and record.channels is not None
    return StrengthsTold(
        id=record.id,
        timestamp=to_iso(found.time_us),
        seq=found.seq,
        score=None if math.isnan(found.score) else found.score,
        channel=record.channels[found.channel] if several else None,  # type: ignore[index] # both
        threshold=SHIPPED,
        strengths=found.voters or None,
        reason=found.reason or None,
    )
