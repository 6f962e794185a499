"""Streams over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from standout.bootstrap import Services
from standout.domain.times import parse_timestamp, zone
from standout.schemas.streams import AnomalyPage, StreamPage, StreamSummary
from standout.service.streams import MAX_LIMIT

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Entries of a page.")]
After = Annotated[str | None, Query(description="The `next` of the page before.")]
Problems: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such stream."}}


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(prefix="/streams", tags=["streams"])

    @routes.get("")
    async def list_streams(limit: Limit = 100, after: After = None) -> StreamPage:
        """List streams by id."""
        return await services.streams.page(limit=limit, after=after)

    @routes.get("/{stream_id}", responses=Problems)
    async def get_stream(stream_id: str) -> StreamSummary:
        """Tell how a stream stands."""
        return await services.streams.get(stream_id)

    @routes.get("/{stream_id}/anomalies", responses=Problems)
    async def list_anomalies(
        stream_id: str,
        limit: Limit = 100,
        after: After = None,
        from_: Annotated[
            str | None, Query(alias="from", description="First time, ISO 8601 or epoch.")
        ] = None,
        to: Annotated[str | None, Query(description="Time that is no longer in it.")] = None,
    ) -> AnomalyPage:
        """List a stream's anomalies, oldest first."""
        record = await services.streams.find(stream_id)
        tz = zone(record.tz)
        return await services.streams.anomalies(
            stream_id,
            limit=limit,
            after=after,
            from_us=None if from_ is None else parse_timestamp(from_, tz, record.time_unit),
            to_us=None if to is None else parse_timestamp(to, tz, record.time_unit),
        )

    return routes
