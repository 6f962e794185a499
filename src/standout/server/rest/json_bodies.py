"""JSON bodies: read whole, and answered in kind."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import polars as pl

from standout.errors import MalformedMessage, StandoutError
from standout.readers.uploads.ndjson import piece_of
from standout.readers.uploads.pieces import Piece
from standout.schemas.frames import AnswerColumns, ObservationFrame, RowProblem
from standout.schemas.observations import StreamColumns, decode_body, decode_streams
from standout.server.problems import as_row
from standout.server.rest.bodies import empty
from standout.server.rest.verdicts import anomaly_flags, answer_rows, numbers_of, votes_of
from standout.service.uploads import Answered
from standout.types import Values

_encoder = msgspec.json.Encoder()
ONE, ROWS, COLUMNS = range(3)
"""The forms of a body."""


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A body that was read.

    Parameters
    ----------
    form
        `ONE`, `ROWS` or `COLUMNS`.
    piece
        All its rows.
    """

    form: int
    piece: Piece

    def answer(self, kept: list[Answered], names: tuple[str, ...], *, detail: bool) -> bytes:
        """Write the answer in the form of the body."""
        if self.form == COLUMNS:
            return _encoder.encode(_columns(self.piece, kept, names, detail=detail))
        rows = [row for part in kept for row in answer_rows(part, names, detail=detail)]
        return _encoder.encode(rows[0] if self.form == ONE else rows)


def one_stream(body: bytes) -> JsonBody:
    """Read a body for one stream.

    Raises
    ------
    MalformedMessage
        Not JSON, or not one of the forms of a frame.
    InvalidInput
        There is no observation in it.
    """
    frame = decode_body(body)
    if not isinstance(frame, ObservationFrame):
        return _of_rows(frame)
    stamp, value = frame.timestamp, frame.value
    if isinstance(stamp, list) and isinstance(value, list):
        return _of_columns(stamp, value)
    if isinstance(stamp, list) or isinstance(value, list):
        msg = "In columns both timestamp and value are lists; one of them is a single value."
        raise MalformedMessage(msg)
    return JsonBody(ONE, Piece(timestamps=[stamp], values=_values([value]), first_row=1))


def many_streams(body: bytes) -> JsonBody:
    """Read a body for many streams; raises as `one_stream`."""
    found = decode_streams(body)
    if not isinstance(found, StreamColumns):
        return _of_rows(found)
    return _of_columns(found.timestamp, found.value, found.id)


def _of_rows(rows: list[Any]) -> JsonBody:
    if not rows:
        raise empty()
    return JsonBody(ROWS, piece_of(rows, first_row=1))


def _of_columns(
    stamps: list[Any], values: list[float | None], ids: list[str] | None = None
) -> JsonBody:
    lengths = {len(column) for column in (stamps, values, ids) if column is not None}
    if len(lengths) > 1:
        counts = f"{len(stamps)} timestamps and {len(values)} values"
        counts += "" if ids is None else f" of {len(ids)} ids"
        raise MalformedMessage(f"Columns must be of one length, got {counts}.")
    if not stamps:
        raise empty()
    named = None if ids is None else pl.Series(ids, dtype=pl.String)
    piece = Piece(timestamps=stamps, values=_values(values), first_row=1, ids=named)
    return JsonBody(COLUMNS, piece)


def _values(values: list[float | None]) -> Values:
    return np.array([math.nan if v is None else v for v in values], np.float64)


def _columns(
    piece: Piece, kept: list[Answered], names: tuple[str, ...], *, detail: bool
) -> AnswerColumns | dict[str, Any]:
    verdicts = [part.verdicts for part in kept]
    answer = AnswerColumns(
        list(piece.timestamps), [flag for v in verdicts for flag in anomaly_flags(v)]
    )
    if detail:
        answer.score = [x for v in verdicts for x in numbers_of(v.score)]
        answer.votes = [x for v in verdicts for x in votes_of(v, names)]
        answer.expected = [x for v in verdicts for x in numbers_of(v.expected)]
        answer.lower = [x for v in verdicts for x in numbers_of(v.lower)]
        answer.upper = [x for v in verdicts for x in numbers_of(v.upper)]
    if any(v.late is not None for v in verdicts):
        answer.late = [
            bool(x) for v in verdicts for x in ([False] * len(v) if v.late is None else v.late)
        ]
    if any(v.problem for v in verdicts):
        answer.problem = [
            _row(v.problem.get(i) if v.problem else None) for v in verdicts for i in range(len(v))
        ]
    if piece.ids is None:
        return answer
    told = {k: v for k, v in msgspec.structs.asdict(answer).items() if v is not msgspec.UNSET}
    return {"id": piece.ids.to_list(), **told}


def _row(error: StandoutError | None) -> RowProblem | None:
    return None if error is None else as_row(error)
