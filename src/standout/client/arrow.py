"""Arrow on its way to the server and back: observations out, verdicts in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from standout.client.columns import ObservationColumns, Refusal
from standout.client.exchange import Passing, Reply
from standout.client.problems import PlacedProblem, error_of
from standout.errors import MalformedMessage, ServerUnreachable
from standout.readers.uploads.arrow_messages import END
from standout.readers.uploads.table import CHANNEL
from standout.schemas.frames import VOTERS, ProblemFrame, RowProblem
from standout.types import Batch, Counts, Values

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
_NUMBERS = ("anomaly", "score", "expected", "lower", "upper")
_ROW_STATUS, _SERVER_ERROR = 422, 500


def written(timestamps: pl.Series, values: Values | Batch, keys: Counts | None = None) -> bytes:
    """Write observations; the series is called ``timestamp``."""
    buffer = BytesIO()
    columns = [timestamps, pl.Series("value", values, nan_to_null=values.ndim == 1)]
    if keys is not None:
        columns.append(pl.Series("seq", keys))
    frame = pl.DataFrame(columns)
    frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
    return buffer.getvalue()


def read_verdicts(reply: Reply, body: bytes, *, first: int, rows: int) -> dict[str, Any]:
    """Read the verdicts on a piece of an upload: the columns of `Verdicts`, its problems too.

    Parameters
    ----------
    reply, body
        The answer.
    first, rows
        Place of the first row in all that is sent, from 0, and how many were sent.

    Raises
    ------
    Passing
        The answer breaks off, or says that the server could not keep all of it.
    MalformedMessage
        It is no answer of a Standout server.
    StandoutError
        The server refused a row and all after it.
    """
    frame = _frame(reply, body, {"timestamp", "late", "problem", *_NUMBERS})
    ended = frame["timestamp"].null_count() > 0
    if ended:
        error = msgspec.json.decode(frame["problem"][-1], type=PlacedProblem)
        found = error_of(error, first_row=first + 1)
        raise Passing(found) if error.status >= _SERVER_ERROR else found
    if len(frame) != rows:
        raise Passing(_broken(f"{len(frame)} of {rows} verdicts came"))
    return {**_verdicts(frame), "problems": _refusals(frame["problem"], first)}


def read_observations(reply: Reply, body: bytes) -> ObservationColumns:
    """Read an export; raises `Passing` and `MalformedMessage` as `read_verdicts`."""
    frame = _frame(reply, body, {"timestamp", "value", "late", *_NUMBERS})
    times = frame["timestamp"].to_physical().to_numpy().astype("datetime64[us]")
    more: dict[str, Any] = {}
    if "seq" in frame.columns:
        more["seq"] = frame["seq"].to_numpy()
    if names := [name for name in frame.columns if name.startswith(CHANNEL)]:
        more["values"] = np.stack([_number(frame[name]) for name in names], axis=1)
        more["channels"] = tuple(name.removeprefix(CHANNEL) for name in names)
    value = _number(frame["value"])
    return ObservationColumns(timestamp=times, value=value, **_verdicts(frame), **more)


def no_verdicts() -> dict[str, Any]:
    """Return the verdicts on nothing."""
    columns: dict[str, Any] = {name: np.empty(0) for name in _NUMBERS}
    late = np.empty(0, np.bool_)
    return {**columns, "votes": np.empty(0, np.uint8), "late": late, "problems": []}


def _frame(reply: Reply, body: bytes, wanted: set[str]) -> pl.DataFrame:
    if not reply.headers.get("content-type", "").startswith(MEDIA_TYPE):
        told = reply.headers.get("content-type", "no type")
        raise MalformedMessage(f"Arrow was wanted, got {told}; is a Standout server there?")
    if not body.endswith(END):
        raise Passing(_broken("its end is missing"))
    try:
        frame = pl.read_ipc_stream(BytesIO(body))
    except (PolarsError, OSError, ValueError) as error:
        raise MalformedMessage(f"The server's Arrow cannot be read: {error}") from None
    if missing := wanted - set(frame.columns):
        raise MalformedMessage(f"The server's Arrow has no column {', '.join(sorted(missing))}.")
    return frame


def _broken(why: str) -> ServerUnreachable:
    return ServerUnreachable(f"The server's answer broke off: {why}.")


def _verdicts(frame: pl.DataFrame) -> dict[str, Any]:
    votes = np.zeros(len(frame), np.uint8)
    for bit, name in enumerate(VOTERS):
        if name in frame.columns:
            votes |= frame[name].fill_null(0).cast(pl.UInt8).to_numpy() << np.uint8(bit)
    numbers: dict[str, Any] = {name: _number(frame[name]) for name in _NUMBERS}
    if "channel" in frame.columns:
        numbers["channel"] = np.array(frame["channel"].to_list(), object)
    return {**numbers, "votes": votes, "late": frame["late"].to_numpy(writable=True)}


def _number(column: pl.Series) -> Values:
    return np.asarray(column.cast(pl.Float64).fill_null(np.nan).to_numpy(writable=True))


def _refusals(problems: pl.Series, first: int) -> list[Refusal]:
    told = problems.is_not_null()
    rows = told.arg_true().to_list()
    return [
        Refusal(first + row, _row_error(text))
        for row, text in zip(rows, problems.filter(told).to_list(), strict=True)
    ]


def _row_error(text: str) -> Any:
    row = msgspec.json.decode(text, type=RowProblem)
    return error_of(ProblemFrame(row.type, row.title, _ROW_STATUS, row.detail))
