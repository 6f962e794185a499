"""Frames in, frames out: an answer has the form of what was sent."""

from __future__ import annotations

import math
from dataclasses import dataclass

from standout.errors import MalformedMessage
from standout.schemas.frames import (
    Answer,
    AnswerColumns,
    DetailedAnswer,
    Frame,
    ObservationFrame,
    Timestamp,
    encode,
)
from standout.server.problems import as_row
from standout.service.judgements import Judgements
from standout.service.live_stream import Submission
from standout.service.streams import finite, votes_by_name

ONE, ROWS, COLUMNS = range(3)
"""The forms of a frame."""


@dataclass(slots=True)
class Request:
    """A frame that was read.

    Parameters
    ----------
    form
        `ONE`, `ROWS` or `COLUMNS`.
    timestamps
        As the sender wrote them.
    values
        nan where null was sent.
    """

    form: int
    timestamps: list[Timestamp]
    values: list[float]


def read_frame(frame: Frame) -> Request:
    """Take a frame apart.

    Raises
    ------
    MalformedMessage
        One list and one single value, or lists of different lengths.
    """
    if not isinstance(frame, ObservationFrame):
        return Request(ROWS, [o.timestamp for o in frame], [_number(o.value) for o in frame])
    timestamp, value = frame.timestamp, frame.value
    if not isinstance(timestamp, list) and not isinstance(value, list):
        return Request(ONE, [timestamp], [math.nan if value is None else value])
    if not isinstance(timestamp, list) or not isinstance(value, list):
        msg = "In columns both timestamp and value are lists; one of them is a single value."
        raise MalformedMessage(msg)
    if len(timestamp) != len(value):
        msg = (
            "Columns must be of one length, "
            f"got {len(timestamp)} timestamps and {len(value)} values."
        )
        raise MalformedMessage(msg)
    return Request(COLUMNS, timestamp, [_number(v) for v in value])


def write_answer(
    request: Request, submission: Submission, names: tuple[str, ...], *, detail: bool
) -> str:
    """Return the answer to a request whose submission is done."""
    result, first = submission.result, submission.first
    plain = not detail and result.late is None and result.problem is None
    if request.form == COLUMNS:
        return encode(_columns(request, result, first, names, detail=detail)).decode()
    if plain and request.form == ONE:
        return encode(Answer(request.timestamps[0], result.anomaly[first])).decode()
    if plain:
        anomaly = result.anomaly[first : first + len(request.values)]
        return encode(
            [Answer(t, a) for t, a in zip(request.timestamps, anomaly, strict=True)]
        ).decode()
    answers = [
        _detailed(t, result, first + i, names, detail=detail)
        for i, t in enumerate(request.timestamps)
    ]
    return encode(answers[0] if request.form == ONE else list(answers)).decode()


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _votes(result: Judgements, i: int, names: tuple[str, ...]) -> dict[str, int] | None:
    return None if result.anomaly[i] is None else votes_by_name(result.votes[i], names)


def _detailed(
    timestamp: Timestamp, result: Judgements, i: int, names: tuple[str, ...], *, detail: bool
) -> DetailedAnswer:
    answer = DetailedAnswer(timestamp, result.anomaly[i])
    if detail:
        answer.score = finite(result.score[i])
        answer.votes = _votes(result, i, names)
        answer.expected = finite(result.expected[i])
        answer.lower = finite(result.lower[i])
        answer.upper = finite(result.upper[i])
    if result.late is not None and result.late[i]:
        answer.late = True
    problem = None if result.problem is None else result.problem[i]
    if problem is not None:
        answer.problem = as_row(problem)
    return answer


def _columns(
    request: Request, result: Judgements, first: int, names: tuple[str, ...], *, detail: bool
) -> AnswerColumns:
    last = first + len(request.values)
    answer = AnswerColumns(request.timestamps, result.anomaly[first:last])
    if detail:
        answer.score = [finite(x) for x in result.score[first:last]]
        answer.votes = [_votes(result, i, names) for i in range(first, last)]
        answer.expected = [finite(x) for x in result.expected[first:last]]
        answer.lower = [finite(x) for x in result.lower[first:last]]
        answer.upper = [finite(x) for x in result.upper[first:last]]
    if result.late is not None:
        answer.late = result.late[first:last]
    if result.problem is not None:
        answer.problem = [None if p is None else as_row(p) for p in result.problem[first:last]]
    return answer
