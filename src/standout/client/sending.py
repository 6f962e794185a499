"""Sending a series: in pieces, each until it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from standout.client import arrow
from standout.client.address import stream_route
from standout.client.attempts import Retries
from standout.client.columns import Verdicts
from standout.client.exchange import Call, Operation, Reply, answered, body_of
from standout.client.series import (
    SeqColumn,
    TimeColumn,
    ValueColumn,
    keys_of,
    times_of,
    values_of,
)
from standout.errors import InvalidInput
from standout.types import Batch, Counts, Values

PIECE_ROWS = 50_000
"""Observations of one request: some megabytes of it and of its answer."""


def send(
    url: str,
    stream_id: str,
    values: ValueColumn,
    timestamps: TimeColumn | None,
    settings: Mapping[str, object],
    *,
    retries: Retries,
    piece_rows: int | None = None,
    seq: SeqColumn | None = None,
) -> Operation[Verdicts]:
    """Send observations; the arguments are those of `Client.send`.

    Parameters
    ----------
    url
        Address of the server.
    settings
        What is asked of the stream; None is not asked for.
    retries
        What is done about trouble that may pass, for each piece.
    piece_rows
        Observations of one request; None is `PIECE_ROWS`.
    """
    numbers = values_of(values)
    keys = keys_of(seq, len(numbers))
    times = times_of(_index(values) if timestamps is None else timestamps)
    if len(times) != len(numbers):
        wanted = f"There must be one timestamp for each of {len(numbers)} values"
        raise InvalidInput(f"{wanted}, got {len(times)}.")
    route = stream_route(url, stream_id, "observations", detail=1, **settings)
    parts = [arrow.no_verdicts()]
    size = piece_rows or PIECE_ROWS
    for first in range(0, len(numbers), size):
        piece = slice(first, first + size)
        some = None if keys is None else keys[piece]
        call = _call(route, times[piece], numbers[piece], some)
        read = partial(_read, url=url, first=first, rows=len(numbers[piece]))
        parts.append((yield from answered(call, retries, read, url=url)))
    return _joined(times, parts)


def _index(values: Any) -> Any:
    index = getattr(values, "index", None)
    if getattr(getattr(index, "dtype", None), "kind", "") != "M":
        raise InvalidInput("There are no timestamps; give them, or a series with a time index.")
    return index


def _call(route: str, timestamps: pl.Series, values: Values | Batch, keys: Counts | None) -> Call:
    content = arrow.written(timestamps, values, keys)
    return Call(
        method="POST", url=route, content=content, headers={"content-type": arrow.MEDIA_TYPE}
    )


def _read(reply: Reply, *, url: str, first: int, rows: int) -> dict[str, Any]:
    body = body_of(reply, url, first_row=first + 1)
    return arrow.read_verdicts(reply, body, first=first, rows=rows)


def _joined(timestamps: pl.Series, parts: list[dict[str, Any]]) -> Verdicts:
    problems = [refusal for part in parts for refusal in part.pop("problems")]
    if any("channel" in part for part in parts):
        # The first part has no rows, and tells nothing of channels.
        parts = [part for part in parts if "channel" in part]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Verdicts(timestamp=timestamps.to_numpy(), problems=problems, **columns)
