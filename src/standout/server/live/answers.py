"""Frames in, frames out: an answer has the form of what was sent."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from standout.errors import MalformedMessage
from standout.readers.uploads.channels import SentChannels, channel_table
from standout.schemas.frames import (
    Answer,
    AnswerColumns,
    DetailedAnswer,
    Frame,
    ObservationFrame,
    Timestamp,
    encode,
)
from standout.schemas.values import all_keys, one_vector
from standout.server.problems import as_row
from standout.service.judgements import Judgements
from standout.service.live_stream import Submission
from standout.service.streams import finite, votes_by_name
from standout.types import Batch

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
    values, channels
        nan where null was sent; of several channels an array, see `channel_table`.
    keys
        The sender's own numbers; None where they are not asked for.
    """

    form: int
    timestamps: list[Timestamp]
    values: list[float] | Batch
    channels: SentChannels | None = None
    keys: list[int] | None = None


def read_frame(frame: Frame, *, keyed: bool = False) -> Request:
    """Take a frame apart.

    Parameters
    ----------
    frame
        What was sent.
    keyed
        Whether the stream keys on the sender's own numbers.

    Raises
    ------
    MalformedMessage
        One list and one single value, lists of different lengths, or a number is missing.
    """
    if not isinstance(frame, ObservationFrame):
        values, channels = _table([o.value for o in frame])
        keys = all_keys([o.seq for o in frame]) if keyed else None
        return Request(ROWS, [o.timestamp for o in frame], values, channels, keys)
    timestamp, value = frame.timestamp, frame.value
    keys = _keys_of(frame) if keyed else None
    if not isinstance(timestamp, list) and not isinstance(value, list):
        number = math.nan if value is None else value
        return Request(ONE, [timestamp], [number], None, keys)
    if not isinstance(timestamp, list):
        values, channels = _table([one_vector(value)])
        return Request(ONE, [timestamp], values, channels, keys)
    if not isinstance(value, list):
        msg = "In columns both timestamp and value are lists; one of them is a single value."
        raise MalformedMessage(msg)
    if len(timestamp) != len(value):
        msg = (
            "Columns must be of one length, "
            f"got {len(timestamp)} timestamps and {len(value)} values."
        )
        raise MalformedMessage(msg)
    values, channels = _table(value)
    if keys is not None and len(keys) != len(value):
        msg = f"Columns must be of one length, got {len(value)} values and {len(keys)} of seq."
        raise MalformedMessage(msg)
    return Request(COLUMNS, timestamp, values, channels, keys)


def write_answer(
    request: Request, submission: Submission, names: tuple[str, ...], *, detail: bool
) -> bytes:
    """Return the answer to a request whose submission is done."""
    result, first = submission.result, submission.first
    plain = not detail and result.late is None and result.problem is None
    plain = plain and request.keys is None and result.channel is None
    if request.form == COLUMNS:
        columns = _columns(request, result, first, names, detail=detail)
        if request.keys is not None:
            columns.seq = request.keys
        if result.channel is not None:
            last = first + len(request.values)
            columns.channel = [_channel(submission, c) for c in result.channel[first:last]]
        return encode(columns)
    if plain and request.form == ONE:
        return encode(Answer(request.timestamps[0], result.anomaly[first]))
    if plain:
        anomaly = result.anomaly[first : first + len(request.values)]
        return encode([Answer(t, a) for t, a in zip(request.timestamps, anomaly, strict=True)])
    answers = [
        _detailed(t, result, first + i, names, detail=detail)
        for i, t in enumerate(request.timestamps)
    ]
    for i, answer in enumerate(answers):
        if request.keys is not None:
            answer.seq = request.keys[i]
        if result.channel is not None:
            answer.channel = _channel(submission, result.channel[first + i])
    return encode(answers[0] if request.form == ONE else list(answers))


def _table(values: list[Any]) -> tuple[list[float] | Batch, SentChannels | None]:
    if list in set(map(type, values)):
        return channel_table(values)
    return [math.nan if value is None else value for value in values], None


def _keys_of(frame: ObservationFrame) -> list[int]:
    seq = frame.seq
    return all_keys(seq if isinstance(seq, list) else [seq])


def _channel(submission: Submission, channel: int) -> str | None:
    names = submission.stream.record.channels
    return None if names is None or channel < 0 else names[channel]


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
