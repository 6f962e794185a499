"""Observations over HTTP: in, with their verdicts as the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from standout.bootstrap import Services
from standout.detectors import registry
from standout.readers.uploads.arrow import ArrowReader
from standout.readers.uploads.csv import CsvReader
from standout.readers.uploads.ndjson import NdjsonReader
from standout.readers.uploads.pieces import Piece, PieceReader
from standout.schemas.observations import ROW, STREAM_ROW
from standout.server.rest import upload_docs
from standout.server.rest.answers import StreamedVerdicts, counted
from standout.server.rest.bodies import ARROW, CSV, JSON, blocks, body_format, whole
from standout.server.rest.json_bodies import JsonBody, many_streams, one_stream
from standout.server.rest.verdicts import writer
from standout.service.many_uploads import ManyUpload
from standout.service.pinning import Asked
from standout.service.uploads import Reading, StreamUpload, Upload, answers, readings

Window = Annotated[
    int | None, Query(ge=10, le=10_000, description="Window of a stream that is made.")
]
Zone = Annotated[str | None, Query(description="IANA zone of timestamps that carry none.")]
Unit = Annotated[
    Literal["s", "ms", "us", "ns"] | None,
    Query(description="Unit of timestamps that are numbers; detected at the first one."),
]
Detector = Annotated[
    str | None, Query(description="Detector of a stream that is made; `GET /detectors` lists them.")
]
Detail = Annotated[bool, Query(description="Tell score, votes, expected value and range, too.")]
Verdicts = Annotated[
    Literal["all", "none"], Query(description="`none` answers with counts instead of verdicts.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Accepted, and not needed: an observation that is sent again gets its stored "
        "verdict and teaches nothing twice."
    ),
]

ROWS_HERE = 32
"""Rows of a body that are read and answered in the event loop: a thread would cost more."""


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["observations"])

    @routes.post("/streams/{stream_id}/observations", **upload_docs.one_stream())
    async def post_observations(
        request: Request,
        stream_id: str,
        *,
        window: Window = None,
        tz: Zone = None,
        unit: Unit = None,
        detector: Detector = None,
        detail: Detail = False,
        verdicts: Verdicts = "all",
        idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - each observation is its own key
    ) -> Response:
        """Score and keep observations of a stream, which the first of them makes."""
        form = body_format(request)
        asked = Asked(window=window, tz=tz, time_unit=unit, detector=detector)
        upload = StreamUpload(services.store, services.engine, services.loader, stream_id, asked)
        await upload.begin()
        wanted = detail, verdicts == "none"
        if form == JSON:
            max_bytes = services.settings.max_upload_size
            body = one_stream(await whole(request, max_bytes=max_bytes))
            here = len(body.piece) <= ROWS_HERE
            return await _answer_json(request, services, upload, body, wanted, here=here)
        return await _answer(
            request, services, upload, form=form, reader=_reader(form), wanted=wanted
        )

    @routes.post("/observations", **upload_docs.many_streams())
    async def post_to_many(
        request: Request,
        *,
        window: Window = None,
        tz: Zone = None,
        unit: Unit = None,
        detector: Detector = None,
        detail: Detail = False,
        verdicts: Verdicts = "all",
        idempotency_key: IdempotencyKey = None,  # noqa: ARG001 - as above
    ) -> Response:
        """Score and keep observations of many streams."""
        form = body_format(request)
        asked = Asked(window=window, tz=tz, time_unit=unit, detector=detector)
        upload = ManyUpload(services.store, services.engine, services.loader, asked)
        wanted = detail, verdicts == "none"
        if form == JSON:
            max_bytes = services.settings.max_upload_size
            body = many_streams(await whole(request, max_bytes=max_bytes))
            # The store is asked for the streams that the rows name.
            return await _answer_json(request, services, upload, body, wanted, here=False)
        reader = _reader(form, by_id=True)
        return await _answer(request, services, upload, form=form, reader=reader, wanted=wanted)

    return routes


def _reader(form: str, *, by_id: bool = False) -> PieceReader:
    # An export names its voters' columns, and may be sent again.
    ignored = frozenset(voter for name in registry.names() for voter in registry.voters(name))
    if form == CSV:
        return CsvReader(by_id=by_id, ignored=ignored)
    if form == ARROW:
        return ArrowReader(by_id=by_id, ignored=ignored)
    return NdjsonReader(STREAM_ROW) if by_id else NdjsonReader(ROW)


async def _answer(
    request: Request,
    services: Services,
    upload: Upload,
    *,
    form: str,
    reader: PieceReader,
    wanted: tuple[bool, bool],
) -> Response:
    detail, only_counts = wanted
    max_bytes = services.settings.max_upload_size
    read = readings(upload, _parts(request, reader, max_bytes, upload.block_bytes))
    answered = answers(services.engine, upload, read)
    if only_counts:
        return await counted(request, answered)
    names = upload.voters
    verdicts = writer(form, names, detail=detail, instance=request.url.path)
    return StreamedVerdicts(answered, verdicts, form)


async def _parts(
    request: Request, reader: PieceReader, max_bytes: int, block_bytes: int
) -> AsyncIterator[Callable[[], Iterable[Piece]]]:
    async for block in blocks(request, max_bytes=max_bytes, block_bytes=block_bytes):
        yield lambda data=block: reader.feed(data)  # type: ignore[misc] # a lambda's default
    yield reader.end


async def _answer_json(
    request: Request,
    services: Services,
    upload: Upload,
    body: JsonBody,
    wanted: tuple[bool, bool],
    *,
    here: bool,
) -> Response:
    """Answer a JSON body; `here` works on it in the event loop, which a few rows do not stall."""
    pieces = [body.piece]
    reading = upload.read(pieces) if here else await asyncio.to_thread(upload.read, pieces)
    if reading.error is not None:
        raise reading.error

    async def once() -> AsyncIterator[Reading]:
        yield reading

    detail, only_counts = wanted
    answered = answers(services.engine, upload, once())
    if only_counts:
        return await counted(request, answered)
    kept = [piece async for piece in answered]
    names = upload.voters
    answer = partial(body.answer, kept, names, detail=detail)
    content = answer() if here else await asyncio.to_thread(answer)
    return Response(content, media_type=JSON)
