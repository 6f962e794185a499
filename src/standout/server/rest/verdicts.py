"""Answers to uploads: verdicts in the format of the body, a piece at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Protocol

import msgspec
import numpy as np
import polars as pl

from standout.detectors.thresholds import SHIPPED
from standout.errors import StandoutError
from standout.readers.uploads.arrow_messages import BATCH, END, ArrowMessages
from standout.schemas.frames import Answer, DetailedAnswer
from standout.schemas.observations import StreamAnswer
from standout.server.problems import as_object, as_row
from standout.server.rest.bodies import ARROW, CSV
from standout.service.uploads import Answered
from standout.service.verdicts import VerdictColumns

_encoder = msgspec.json.Encoder()
_FLAGS = (0, 1, None)


class VerdictWriter(Protocol):
    """Writes one answer: pieces, then its end."""

    def rows(self, answered: Answered) -> bytes:
        """Write the verdicts on a piece."""
        ...

    def end(self, error: StandoutError | None) -> bytes:
        """Write the end, with the problem that ended the upload, if one did."""
        ...


def writer(form: str, names: tuple[str, ...], *, detail: bool, instance: str) -> VerdictWriter:
    """Return what writes a format that is streamed.

    Parameters
    ----------
    form
        A media type of `bodies`, JSON excepted.
    names
        The voters, in the order of their bits.
    detail
        Whether score, votes, expected value and range are told.
    instance
        Path of the request, for the problem.
    """
    if form == CSV:
        return CsvVerdicts(names, detail=detail, instance=instance)
    if form == ARROW:
        return ArrowVerdicts(names, detail=detail, instance=instance)
    return NdjsonVerdicts(names, detail=detail, instance=instance)


class NdjsonVerdicts:
    """One answer a line; a problem of the upload is the last line."""

    def __init__(self, names: tuple[str, ...], *, detail: bool, instance: str) -> None:
        self._names = names
        self._detail = detail
        self._instance = instance

    def rows(self, answered: Answered) -> bytes:
        """Write the verdicts on a piece."""
        return _encoder.encode_lines(answer_rows(answered, self._names, detail=self._detail))

    def end(self, error: StandoutError | None) -> bytes:
        """Write the last line, if there must be one."""
        return b"" if error is None else _encoder.encode(as_object(error, self._instance)) + b"\n"


class CsvVerdicts:
    """A header and a row each; a problem of the upload is a last row with nothing but it."""

    def __init__(self, names: tuple[str, ...], *, detail: bool, instance: str) -> None:
        self._names = names
        self._detail = detail
        self._instance = instance
        self._header = True

    def rows(self, answered: Answered) -> bytes:
        """Write the verdicts on a piece."""
        frame = verdict_frame(answered, self._names, detail=self._detail)
        header, self._header = self._header, False
        self._columns = frame.columns
        return frame.write_csv(include_header=header).encode()

    def end(self, error: StandoutError | None) -> bytes:
        """Write the last row, if there must be one."""
        if error is None:
            return b""
        problem = _encoder.encode(as_object(error, self._instance)).decode()
        row = {name: [None] for name in self._columns} | {"problem": [problem]}
        return pl.DataFrame(row).write_csv(include_header=False).encode()


class ArrowVerdicts:
    """A record batch a piece; a problem of the upload is a last row with nothing but it."""

    def __init__(self, names: tuple[str, ...], *, detail: bool, instance: str) -> None:
        self._names = names
        self._detail = detail
        self._instance = instance
        self._schema: Any = None

    def rows(self, answered: Answered) -> bytes:
        """Write the verdicts on a piece."""
        return self._batches(verdict_frame(answered, self._names, detail=self._detail))

    def end(self, error: StandoutError | None) -> bytes:
        """Write the last row, if there must be one, and the mark of the end."""
        if error is None:
            return END
        problem = _encoder.encode(as_object(error, self._instance)).decode()
        row = {name: [None] for name in self._schema} | {"problem": [problem]}
        return self._batches(pl.DataFrame(row, schema=self._schema)) + END

    def _batches(self, frame: pl.DataFrame) -> bytes:
        parts = arrow_parts(frame)
        first, self._schema = self._schema is None, frame.schema
        return b"".join(part for kind, part in parts if first or kind == BATCH)


def arrow_parts(frame: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
    """Give the messages of a frame as an Arrow stream, with their kinds and without the end."""
    buffer = BytesIO()
    # What other libraries than polars read, too.
    frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
    for message in ArrowMessages().feed(buffer.getvalue()):
        yield message.kind, message.data


def anomaly_flags(verdicts: VerdictColumns) -> list[int | None]:
    """Return 1 for an anomaly, 0 for none, None without a score."""
    codes = (verdicts.score >= SHIPPED).astype(np.uint8) + 2 * np.isnan(verdicts.score)
    return [_FLAGS[code] for code in codes.tolist()]


def answer_rows(answered: Answered, names: tuple[str, ...], *, detail: bool) -> list[Any]:
    """Return an answer for each row, as a socket gives it."""
    piece, verdicts = answered.piece, answered.verdicts
    flags = anomaly_flags(verdicts)
    stamps = list(piece.timestamps)
    if piece.ids is not None:
        answers: list[Any] = [
            StreamAnswer(*row) for row in zip(piece.ids.to_list(), stamps, flags, strict=True)
        ]
    elif detail or any(
        told is not None
        for told in (verdicts.late, verdicts.problem, verdicts.keys, verdicts.channel)
    ):
        answers = [DetailedAnswer(t, a) for t, a in zip(stamps, flags, strict=True)]
    else:
        return [Answer(t, a) for t, a in zip(stamps, flags, strict=True)]
    if detail:
        _add_detail(answers, verdicts, names)
    _add_rest(answers, verdicts)
    return answers


def _add_rest(answers: list[Any], verdicts: VerdictColumns) -> None:
    """Add what only some rows or streams have."""
    if verdicts.late is not None:
        for i in np.flatnonzero(verdicts.late).tolist():
            answers[i].late = True
    for i, error in (verdicts.problem or {}).items():
        answers[i].problem = as_row(error)
    if verdicts.keys is not None:
        for answer, key in zip(answers, verdicts.keys.tolist(), strict=True):
            answer.seq = msgspec.UNSET if key < 0 else key
    if verdicts.channel is not None:
        for answer, name in zip(answers, verdicts.channel, strict=True):
            answer.channel = name


def votes_of(verdicts: VerdictColumns, names: tuple[str, ...]) -> list[dict[str, int] | None]:
    """Return who voted, by name; None without a score."""
    unsaid = np.isnan(verdicts.score).tolist()
    bits = verdicts.votes.tolist()
    return [
        None if none else {name: b >> i & 1 for i, name in enumerate(names)}
        for none, b in zip(unsaid, bits, strict=True)
    ]


def numbers_of(column: np.ndarray[Any, np.dtype[np.float64]]) -> list[float | None]:
    """Return numbers, None for one that JSON cannot write."""
    return [x if math.isfinite(x) else None for x in column.tolist()]


def _add_detail(answers: list[Any], verdicts: VerdictColumns, names: tuple[str, ...]) -> None:
    columns = zip(
        answers,
        numbers_of(verdicts.score),
        votes_of(verdicts, names),
        numbers_of(verdicts.expected),
        numbers_of(verdicts.lower),
        numbers_of(verdicts.upper),
        strict=True,
    )
    for answer, score, votes, expected, lower, upper in columns:
        answer.score, answer.votes = score, votes
        answer.expected, answer.lower, answer.upper = expected, lower, upper


def verdict_frame(answered: Answered, names: tuple[str, ...], *, detail: bool) -> pl.DataFrame:
    """Return verdicts as a table, always with the same columns."""
    piece, verdicts = answered.piece, answered.verdicts
    n = len(verdicts)
    columns: dict[str, pl.Series] = {} if piece.ids is None else {"id": piece.ids}
    columns["timestamp"] = pl.Series(piece.timestamps)
    if piece.keys is not None:
        columns["seq"] = pl.Series(piece.keys)
    columns |= verdict_columns(verdicts, names, detail=detail)
    if piece.wide:
        named = [None] * n if verdicts.channel is None else list(verdicts.channel)
        columns["channel"] = pl.Series(named, dtype=pl.String)
    late = np.zeros(n, np.bool_) if verdicts.late is None else verdicts.late
    problem: list[str | None] = [None] * n
    for i, error in (verdicts.problem or {}).items():
        problem[i] = _encoder.encode(as_row(error)).decode()
    columns["late"] = pl.Series(late)
    columns["problem"] = pl.Series(problem, dtype=pl.String)
    return pl.DataFrame(columns)


def verdict_columns(
    verdicts: VerdictColumns, names: tuple[str, ...], *, detail: bool
) -> dict[str, pl.Series]:
    """Return `anomaly` and, with detail, score, a column a voter, expected value and range."""
    score = pl.Series(verdicts.score, nan_to_null=True)
    columns = {"anomaly": (score >= SHIPPED).cast(pl.Int8)}
    if detail:
        columns["score"] = score
        for i, name in enumerate(names):
            vote = pl.Series(verdicts.votes >> i & 1).cast(pl.Int8)
            columns[name] = pl.select(pl.when(score.is_not_null()).then(vote)).to_series()
        for name in ("expected", "lower", "upper"):
            columns[name] = pl.Series(getattr(verdicts, name), nan_to_null=True)
    return columns
