"""JSON bodies: read whole, and answered in kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import polars as pl

from standout.errors import MalformedMessage, StandoutError
from standout.readers.uploads.ndjson import keys_of, piece_of, values_of
from standout.readers.uploads.pieces import Piece
from standout.schemas.frames import AnswerColumns, Observation, ObservationFrame, RowProblem
from standout.schemas.observations import StreamColumns, decode_body, decode_streams
from standout.schemas.values import one_vector
from standout.server.problems import as_row
from standout.server.rest.bodies import empty
from standout.server.rest.verdicts import anomaly_flags, answer_rows, numbers_of, votes_of
from standout.service.uploads import Answered

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
        return _of_columns(stamp, value, seqs=frame.seq)
    if isinstance(stamp, list):
        msg = "In columns both timestamp and value are lists; one of them is a single value."
        raise MalformedMessage(msg)
    row = Observation(stamp, one_vector(value) if isinstance(value, list) else value)
    if not isinstance(frame.seq, list):
        row.seq = frame.seq
    return JsonBody(ONE, piece_of([row], first_row=1))


def many_streams(body: bytes) -> JsonBody:
    """Read a body for many streams; raises as `one_stream`."""
    found = decode_streams(body)
    if not isinstance(found, StreamColumns):
        return _of_rows(found)
    return _of_columns(found.timestamp, found.value, found.id, seqs=found.seq)


def _of_rows(rows: list[Any]) -> JsonBody:
    if not rows:
        raise empty()
    return JsonBody(ROWS, piece_of(rows, first_row=1))


def _of_columns(
    stamps: list[Any], values: list[Any], ids: list[str] | None = None, *, seqs: Any = None
) -> JsonBody:
    keys = seqs if isinstance(seqs, list) else None
    lengths = {len(column) for column in (stamps, values, ids, keys) if column is not None}
    if len(lengths) > 1:
        counts = f"{len(stamps)} timestamps and {len(values)} values"
        counts += "" if ids is None else f" of {len(ids)} ids"
        counts += "" if keys is None else f", and {len(keys)} of seq"
        raise MalformedMessage(f"Columns must be of one length, got {counts}.")
    if not stamps:
        raise empty()
    named = None if ids is None else pl.Series(ids, dtype=pl.String)
    table, channels = values_of(values)
    piece = Piece(
        timestamps=stamps,
        values=table,
        first_row=1,
        ids=named,
        keys=None if keys is None else keys_of(keys),
        channels=channels,
    )
    return JsonBody(COLUMNS, piece)


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
    if piece.keys is not None and any(v.keys is not None for v in verdicts):
        answer.seq = piece.keys.tolist()
    if any(v.channel is not None for v in verdicts):
        answer.channel = [
            name for v in verdicts for name in ([None] * len(v) if v.channel is None else v.channel)
        ]
    if piece.ids is None:
        return answer
    told = {k: v for k, v in msgspec.structs.asdict(answer).items() if v is not msgspec.UNSET}
    return {"id": piece.ids.to_list(), **told}


def _row(error: StandoutError | None) -> RowProblem | None:
    return None if error is None else as_row(error)
