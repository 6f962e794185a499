"""What the documentation says of the sockets, which OpenAPI has no words for."""

from __future__ import annotations

from typing import Any

import msgspec

from standout.schemas import frames, live

TEMPLATE = "#/components/schemas/{name}"

_SENT = [frames.ObservationFrame, list[frames.Observation]]
_RECEIVED = [frames.DetailedAnswer, list[frames.DetailedAnswer], frames.AnswerColumns]
_WATCHED = [live.History, live.Points, live.Status]
_LISTED = [live.Streams]
_LOGGED = [live.Lines]


def components() -> dict[str, Any]:
    """Return the schemas of all messages, by name."""
    types = [*_SENT, *_RECEIVED, frames.ProblemFrame, *_WATCHED, *_LISTED, *_LOGGED]
    return msgspec.json.schema_components(types, ref_template=TEMPLATE)[1]


def observations() -> dict[str, Any]:
    """Describe ``/ws/{client_id}``."""
    return {
        "description": (
            "Open a WebSocket here. Send one observation a frame, a list, or columns; the answer "
            "has the same form and order. A timestamp is ISO 8601 text or an epoch number, a "
            "value of null is missing. A frame that cannot be used is answered with a problem, "
            "then the socket closes with 1008. Of several channels `value` is a list, in columns a "
            "list for each observation; the answer names the leading `channel`. A stream that the "
            "first observation makes has the `window`, `detector`, `tz` and `unit` that the query "
            "names. To a stream made "
            "with `duplicates=keep` each observation brings its own `seq`."
        ),
        "responses": _responses(_SENT, [*_RECEIVED, frames.ProblemFrame]),
    }


def stream_watch() -> dict[str, Any]:
    """Describe ``/live/streams/{stream_id}``."""
    return {
        "description": (
            "Open a WebSocket here to see a stream's observations as they are kept. The first "
            "message is a `history` of the newest, which replaces what a page has. With "
            "`?after=` and the highest `seq` that it has, a page that comes back is told a "
            "`status` and, as `points`, what it has missed; a `history` if that is more than "
            "20,000 or no longer kept. The server pings every 20 seconds."
        ),
        "responses": _responses([], [*_WATCHED, frames.ProblemFrame]),
    }


def streams_watch() -> dict[str, Any]:
    """Describe ``/live/streams``."""
    return {
        "description": "Open a WebSocket here to see how all streams stand, once a second.",
        "responses": _responses([], _LISTED),
    }


def log_watch() -> dict[str, Any]:
    """Describe ``/live/log``."""
    return {
        "description": (
            "Open a WebSocket here to read the server's log as it is written: first the lines that "
            "are kept, or with `?after=` those after a number, then new ones, up to four times a "
            "second."
        ),
        "responses": _responses([], [*_LOGGED, frames.ProblemFrame]),
    }


def _responses(sent: list[Any], received: list[Any]) -> dict[int | str, dict[str, Any]]:
    words = "The socket is open; x-sent and x-received are its messages."
    extra = {"x-sent": _schema(sent), "x-received": _schema(received)}
    return {
        101: {"description": words, **extra},
        426: {"description": "This is a WebSocket; the request asked for no upgrade."},
    }


def _schema(types: list[Any]) -> dict[str, Any]:
    schemas, _ = msgspec.json.schema_components(types, ref_template=TEMPLATE)
    return {"oneOf": list(schemas)}
