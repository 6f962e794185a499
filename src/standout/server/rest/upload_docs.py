"""What the documentation says of uploads: their formats, with examples."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import Response

from standout.schemas import frames, observations
from standout.server.rest.bodies import ARROW, CSV, JSON, NDJSON

TEMPLATE = "#/components/schemas/{name}"
_TIME = "2026-01-31T12:00:00Z"
_SENT = [frames.ObservationFrame, list[frames.Observation]]
_ANSWERED = [frames.DetailedAnswer, list[frames.DetailedAnswer], frames.AnswerColumns]
_SENT_MANY = [observations.StreamColumns, list[observations.StreamObservation]]
_ANSWERED_MANY = [list[observations.StreamAnswer]]


def components() -> dict[str, Any]:
    """Return the schemas of all bodies, by name."""
    types = [*_SENT, *_ANSWERED, *_SENT_MANY, *_ANSWERED_MANY, observations.UploadCount]
    return msgspec.json.schema_components(types, ref_template=TEMPLATE)[1]


def one_stream() -> dict[str, Any]:
    """Describe ``POST /streams/{stream_id}/observations``."""
    rows: list[dict[str, Any]] = [
        {"timestamp": _TIME, "value": 20.5},
        {"timestamp": "2026-01-31T12:01:00Z", "value": None},
    ]
    return _route(
        "Score and keep observations of a stream, which the first of them makes.",
        _SENT,
        _ANSWERED,
        rows,
        prefix="",
    )


def many_streams() -> dict[str, Any]:
    """Describe ``POST /observations``."""
    rows = [
        {"id": "pump-7", "timestamp": _TIME, "value": 20.5},
        {"id": "pump-8", "timestamp": _TIME, "value": 19.75},
    ]
    return _route(
        "Score and keep observations of many streams, each named by its `id`.",
        _SENT_MANY,
        _ANSWERED_MANY,
        rows,
        prefix="pump-7,",
    )


_HOW = """

The answer has the format of the body, in the order of its rows, and is streamed while the body is
read. A row that is sent again gets its stored verdict; one older than the newest is kept and marked
`late`; another value at a stored time is refused in its place, by a `problem`.

**Several channels.** In JSON, NDJSON and Arrow `value` may be a list of 1 to 64 numbers; in CSV and
Arrow there may be a column `value.NAME` for each channel. Each channel is voted on its own; the
verdict is that of the highest score, and `channel` names it. The first observation tells a new
stream how many there are, or `channels` of `PUT /streams/{id}`; a row with another number of values
is refused in its place.

**Equal timestamps.** A stream made with `duplicates=keep` keeps them all. Each row then brings a
`seq` of its own, a whole number from 0, which does what the timestamp does elsewhere: sent again it
gets its stored verdict, with another value or timestamp it is refused. One below the highest so far
is late. Other streams do not use it.

**Retention.** A row that is older than what the stream keeps, and not stored, is refused in its
place.

**A mistake** in a JSON body changes nothing. In NDJSON, CSV and Arrow all rows before it are kept
and answered, and the answer ends with the problem (RFC 9457), which names `row` and `line`: as the
last line of NDJSON, and as a last row of CSV and Arrow in which only the column `problem` is
filled, with the problem as JSON. Where the first row is wrong, or with `verdicts=none`, the status
tells it.

CSV has a header; empty cells, `nan` and `null` are missing values. What an answer or an export has
besides, in columns or in fields of NDJSON, is read over, anything else is refused. Arrow is an IPC
stream: `timestamp` of any timestamp type, a number or text, `value` any number; a record batch has
at most 64 MiB. A JSON body has at most 16 MiB. `Content-Encoding: gzip` is read.
"""


def _route(
    summary: str, sent: list[Any], answered: list[Any], rows: list[dict[str, Any]], prefix: str
) -> dict[str, Any]:
    ids = "id," if prefix else ""
    table = f"{ids}timestamp,value\n{prefix}{_TIME},20.5\n"
    lines = "".join(msgspec.json.encode(row).decode() + "\n" for row in rows)
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    binary = {"schema": {"type": "string", "format": "binary"}}
    text = {"type": "string"}
    examples = {"rows": {"value": rows}, "columns": {"value": columns}}
    body = {
        JSON: {"schema": _schema(sent), "examples": examples},
        NDJSON: {"schema": text, "example": lines},
        CSV: {"schema": text, "example": table},
        ARROW: binary,
    }
    told = {**{name: {"schema": text} for name in (NDJSON, CSV)}, ARROW: binary}
    counts = {"$ref": TEMPLATE.format(name="UploadCount")}
    answers = {"oneOf": [*_schema(answered)["oneOf"], counts]}
    problems = {
        400: "The body cannot be read.",
        409: "The stream has other settings.",
        413: "The body, or a line or record batch of it, is too large.",
        415: "The body has a format or encoding that is not read.",
        422: "There is no row, or a timestamp, id or setting cannot be used.",
        503: "The store cannot be written; nothing of what was not answered was kept.",
    }
    return {
        "summary": summary,
        "description": summary + _HOW,
        "response_class": Response,
        "responses": {
            200: {
                "description": "Verdicts in the format of the body, or counts.",
                "content": {JSON: {"schema": answers}, **told},
            },
            **{status: {"description": text} for status, text in problems.items()},
        },
        "openapi_extra": {"requestBody": {"required": True, "content": body}},
    }


def _schema(types: list[Any]) -> dict[str, Any]:
    schemas, _ = msgspec.json.schema_components(types, ref_template=TEMPLATE)
    return {"oneOf": list(schemas)}
