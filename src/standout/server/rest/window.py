"""``GET /streams/{stream_id}/window``: what a chart of some pixels shows of a stream."""

from __future__ import annotations

import struct
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np
from fastapi import APIRouter, Query, Request, Response

from standout.bootstrap import Services
from standout.detectors import registry
from standout.domain.records import Stream
from standout.domain.times import parse_timestamp, to_iso, zone
from standout.errors import InvalidParameter
from standout.schemas.windows import WindowDocument, WindowHeader
from standout.server.rest.accepts import prefers_binary
from standout.service.told import label_told, stretch_told
from standout.service.windows import MAX_PX, Looking, StreamWindow
from standout.types import Values

BINARY: Final = "application/octet-stream"
EXTREMES: Final = ("min", "max", "peak", "lower", "upper")
WIDTH: Final = 8
"""Bytes of a number; the columns begin at a multiple of it, so that they can be used in place."""

_json = msgspec.json.Encoder()

_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": (
            "JSON, or by `Accept: application/octet-stream` the same in binary: the length of the "
            "header as an unsigned 32-bit number, the header as JSON padded with spaces to a "
            "multiple of 8 bytes with that number, then each of its `columns` as `n` Float64, all "
            "little endian; nan is none. `time_us` to `end_us` are the first and the last "
            "observation of a column, `count` and `anomalies` how many it has and how many were "
            "flagged, `min` and `max` their lowest and highest value, `peak` the highest score, "
            "`lower` and `upper` the widest expected range, `votes.*` the share of them that each "
            "voter voted for."
        ),
        "content": {
            "application/json": {"schema": {"type": "object"}},
            BINARY: {"schema": {"type": "string", "format": "binary"}},
        },
    },
    404: {"description": "There is no such stream."},
}

From = Annotated[str | None, Query(alias="from", description="First time, ISO 8601 or epoch.")]
To = Annotated[str | None, Query(description="Time that is no longer in it.")]
Px = Annotated[int, Query(ge=1, le=MAX_PX, description="Columns at most: pixels of the chart.")]
Limit = Annotated[int, Query(ge=0, le=1_000, description="Anomalies at most: the newest.")]
Form = Annotated[
    Literal["json", "binary"] | None,
    Query(alias="format", description="Goes before the header `Accept`."),
]


def router(services: Services) -> APIRouter:
    """Return the route over these services."""
    routes = APIRouter(tags=["streams"])

    @routes.get(
        "/streams/{stream_id}/window", response_class=Response, responses=_ANSWER, name="window"
    )
    async def window(
        request: Request,
        stream_id: str,
        *,
        from_: From = None,
        to: To = None,
        px: Px = 1_000,
        limit: Limit = 200,
        votes: Annotated[bool, Query(description="Whether votes are told.")] = True,
        format_: Form = None,
    ) -> Response:
        """Sum up a stream from `from` to `to` in `px` columns, each with its true extremes.

        No spike is lost, and no score is computed. `seq` is the arrival number up to which it
        holds: `/live/streams/{stream_id}?after=seq` goes on from there. `anomalies` are
        stretches of flagged observations with at least one inside the bounds, which are those of
        `/streams/{stream_id}/anomalies`; each carries its newest label.
        """
        record = await services.streams.find(stream_id)
        looking = _looking(record, from_, to, px=px, limit=limit, votes=votes)
        found = await services.windows.read(record, looking)
        binary = prefers_binary(request) if format_ is None else format_ == "binary"
        write = as_binary if binary else as_json
        kind = BINARY if binary else "application/json"
        headers = {"Vary": "Accept", "Cache-Control": "no-store"}
        return Response(write(record, found), media_type=kind, headers=headers)

    return routes


def as_binary(record: Stream, found: StreamWindow) -> bytes:
    """Return a window as a header and Float64 columns."""
    columns = _columns(found)
    header = _json.encode(WindowHeader(**_told(record, found, list(columns))))
    header += b" " * (-(4 + len(header)) % WIDTH)
    body = np.concatenate([np.asarray(c, "<f8") for c in columns.values()]).tobytes()
    return struct.pack("<I", len(header)) + header + body


def as_json(record: Stream, found: StreamWindow) -> bytes:
    """Return a window as JSON, for people and for programs without typed arrays."""
    columns = _columns(found)
    # msgspec writes nan as null.
    data: Any = {name: column.tolist() for name, column in columns.items()}
    return _json.encode(WindowDocument(**_told(record, found, list(columns)), data=data))


def _looking(
    record: Stream, from_: str | None, to: str | None, *, px: int, limit: int, votes: bool
) -> Looking:
    tz, unit = zone(record.tz), record.time_unit
    from_us = None if from_ is None else parse_timestamp(from_, tz, unit)
    to_us = None if to is None else parse_timestamp(to, tz, unit)
    if from_us is not None and to_us is not None and to_us <= from_us:
        msg = "A window must end after it begins: `to` is not after `from`."
        raise InvalidParameter(msg)
    return Looking(px=px, from_us=from_us, to_us=to_us, limit=limit, votes=votes)


def _columns(found: StreamWindow) -> dict[str, Values]:
    columns = found.columns
    exact = {name: getattr(columns, name) for name in ("time_us", "end_us", "count", "anomalies")}
    numbers = {name: column.astype(np.float64) for name, column in exact.items()}
    numbers |= {name: getattr(columns, name) for name in EXTREMES}
    return numbers | {f"votes.{name}": share for name, share in found.votes.items()}


def _told(record: Stream, found: StreamWindow, columns: list[str]) -> dict[str, Any]:
    names = registry.voters(record.detector)
    return {
        "id": record.id,
        "from_": to_iso(found.from_us),
        "to": to_iso(found.to_us),
        "from_us": found.from_us,
        "to_us": found.to_us,
        "seq": found.columns.seq,
        "rate": 1e6 / found.step_us if found.step_us else None,
        "step_us": found.step_us,
        "rows": int(found.columns.count.sum()),
        "flagged": found.flagged,
        "voters": list(names),
        "votes_of": "all" if found.exact else "flagged",
        "anomalies": [stretch_told(one, names) for one in found.anomalies],
        "anomalies_cut": found.cut,
        "labels": [label_told(label) for label in found.labels],
        "columns": columns,
        "n": len(found.columns),
    }
