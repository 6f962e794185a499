"""Streams over HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response

from standout.bootstrap import Services
from standout.detectors import registry
from standout.domain.records import Stream
from standout.domain.times import parse_timestamp, zone
from standout.schemas.streams import (
    AnomalyPage,
    NewStream,
    ObservationPage,
    StreamPage,
    StreamSummary,
)
from standout.server.rest.bodies import ARROW, CSV, NDJSON
from standout.server.rest.exports import (
    EXAMPLE_CSV,
    EXAMPLE_NDJSON,
    export_format,
    export_response,
)
from standout.server.rest.labels import add_labels
from standout.service.exports import export
from standout.service.streams import MAX_LIMIT, Asking

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Entries of a page.")]
After = Annotated[str | None, Query(description="The `next` of the page before.")]
From = Annotated[str | None, Query(alias="from", description="First time, ISO 8601 or epoch.")]
To = Annotated[str | None, Query(description="Time that is no longer in it.")]
Problems: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such stream."}}

Making: dict[int | str, dict[str, Any]] = {
    201: {"model": StreamSummary, "description": "It was made."},
    409: {"description": "There is one with other settings."},
}
Exports: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            CSV: {"schema": {"type": "string"}, "example": EXAMPLE_CSV},
            NDJSON: {"schema": {"type": "string"}, "example": EXAMPLE_NDJSON},
            ARROW: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}


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

    @routes.put("/{stream_id}", responses=Making)
    async def put_stream(
        stream_id: str,
        response: Response,
        settings: Annotated[NewStream | None, Body()] = None,
    ) -> StreamSummary:
        """Make a stream before its first observation; 201 if it is new, 200 if it was there.

        Of one that was there `unit`, `tags` and `retention` change to what is named, and what is
        left out stays. The others are pinned: another value than it was made with is a 409.
        """
        summary, new = await services.streams.make(stream_id, settings or NewStream())
        response.status_code = 201 if new else 200
        return summary

    @routes.delete("/{stream_id}", status_code=204, responses=Problems)
    async def delete_stream(stream_id: str) -> None:
        """Forget a stream with all that is kept of it; a client that is connected is told."""
        await services.streams.delete(stream_id)

    @routes.get(
        "/{stream_id}/observations", response_model=ObservationPage, responses=Exports | Problems
    )
    async def list_observations(
        request: Request,
        stream_id: str,
        *,
        from_: From = None,
        to: To = None,
        limit: Limit = 100,
        after: After = None,
        format_: Annotated[
            Literal["json", "csv", "ndjson", "arrow"] | None,
            Query(alias="format", description="Goes before the header `Accept`."),
        ] = None,
    ) -> Response:
        """List a stream's observations, oldest first: a page of JSON, or all in another format.

        `limit` and `after` are for pages; CSV, NDJSON and Arrow have all from `from` to `to`.
        """
        record = await services.streams.find(stream_id)
        from_us, to_us = _stretch(record, from_, to)
        form = export_format(request, format_)
        if form is not None:
            names = registry.voters(record.detector)
            rows = export(services.store, record, from_us=from_us, to_us=to_us)
            return await export_response(record, form, names, rows)
        asked = Asking(limit=limit, after=after, from_us=from_us, to_us=to_us)
        page = await services.streams.observations(stream_id, asked)
        headers = {"Vary": "Accept"}
        return Response(
            page.model_dump_json(exclude_unset=True), media_type="application/json", headers=headers
        )

    @routes.get("/{stream_id}/anomalies", responses=Problems, response_model_exclude_unset=True)
    async def list_anomalies(
        stream_id: str,
        limit: Limit = 100,
        after: After = None,
        from_: From = None,
        to: To = None,
    ) -> AnomalyPage:
        """List a stream's anomalies, oldest first, each with what was said of it last."""
        record = await services.streams.find(stream_id)
        from_us, to_us = _stretch(record, from_, to)
        asked = Asking(limit=limit, after=after, from_us=from_us, to_us=to_us)
        page = await services.streams.anomalies(stream_id, asked)
        return add_labels(page, await services.labels.all(record))

    return routes


def _stretch(record: Stream, from_: str | None, to: str | None) -> tuple[int | None, int | None]:
    """Read both ends of a stretch of time as a stream's own timestamps are read."""
    tz, unit = zone(record.tz), record.time_unit
    return (
        None if from_ is None else parse_timestamp(from_, tz, unit),
        None if to is None else parse_timestamp(to, tz, unit),
    )
