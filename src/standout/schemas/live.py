"""Messages to the pages, on ``/live/streams``, ``/live/streams/{id}`` and ``/live/log``.

A page replaces what it has at every `History`, and appends at every `Points`; the server sends a
new `History` where a page fell behind, so nothing is ever missing in between. A page that comes
back with ``?after=`` the highest `seq` it has gets `Points` from there on, or a `History` where it
has missed too much.
"""

from __future__ import annotations

from typing import Any

import msgspec


class PointColumns(msgspec.Struct):
    """Observations with their verdicts, oldest first; null is none.

    Of streams with several channels `channel` names the leading one of each.
    """

    seq: list[int]
    time_us: list[int]
    value: list[float | None]
    score: list[float | None]
    anomaly: list[int | None]
    votes: list[int]
    expected: list[float | None]
    lower: list[float | None]
    upper: list[float | None]
    late: list[bool]
    channel: list[str | None] | msgspec.UnsetType = msgspec.UNSET


class History(msgspec.Struct, tag_field="type", tag="history"):
    """The newest observations of a stream; `stream` is a `StreamSummary`."""

    stream: dict[str, Any]
    points: PointColumns


class Points(msgspec.Struct, tag_field="type", tag="points"):
    """Observations since the last message, at most 20 messages a second."""

    points: PointColumns


class Status(msgspec.Struct, tag_field="type", tag="status"):
    """How the stream stands, where that changed; `stream` is a `StreamSummary`."""

    stream: dict[str, Any]


class Streams(msgspec.Struct, tag_field="type", tag="streams"):
    """Streams that changed since the last message, all of them in the first; summaries."""

    streams: list[dict[str, Any]]
    removed: list[str]


class Lines(msgspec.Struct, tag_field="type", tag="lines"):
    """Lines of the log since the last message, the kept ones in the first; each a `LogLine`.

    `first` is the number of the first that is told, `next` that of the newest: give it as `after`.
    """

    lines: list[dict[str, Any]]
    first: int
    next: int
