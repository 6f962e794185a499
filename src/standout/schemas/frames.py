"""Frames of ``/ws/{client_id}``: the hot messages, by msgspec.

A frame holds one observation, a list of them, or columns; its answer has the same form.
Unknown keys, missing keys and wrong types are refused when it is decoded.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

from standout.errors import MalformedMessage
from standout.readers.nan import without_nan

Timestamp: TypeAlias = int | float | str
"""ISO 8601 text, or a number of seconds, milliseconds, microseconds or nanoseconds."""

MAX_CHANNELS = 64
"""Channels of one stream."""

MAX_SEQ = 2**63 - 1

Seq: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=MAX_SEQ)]
"""A sender's own number of an observation."""

Channels: TypeAlias = Annotated[
    list[float | None], msgspec.Meta(min_length=1, max_length=MAX_CHANNELS)
]
"""The values of all channels of a stream; null is missing."""

VOTERS = ("zscore", "iqr", "ewma", "moving_average", "isolation_forest")
"""The five votes, in the order of their bits."""


class Observation(msgspec.Struct, forbid_unknown_fields=True):
    """One observation; a value of null is missing.

    Of several channels `value` is a list. `seq` is the sender's own number, which a stream made
    with ``duplicates=keep`` keys on; others do not use it.
    """

    timestamp: Timestamp
    value: float | Channels | None
    seq: Seq | msgspec.UnsetType = msgspec.UNSET


class ObservationFrame(msgspec.Struct, forbid_unknown_fields=True):
    """One observation, or with a list for each key: columns.

    In columns of several channels, `value` has a list for each observation.
    """

    timestamp: Timestamp | list[Timestamp]
    value: float | list[float | Channels | None] | None
    seq: Seq | list[Seq] | msgspec.UnsetType = msgspec.UNSET


class Answer(msgspec.Struct):
    """The verdict on one observation, in the order in which they were sent."""

    timestamp: Timestamp
    anomaly: int | None


class RowProblem(msgspec.Struct):
    """Why one observation was refused in its place; the socket stays open."""

    type: str
    title: str
    detail: str


class DetailedAnswer(msgspec.Struct, omit_defaults=True):
    """An answer with ``detail=1``, or one that has more to say: late, or refused.

    Of several channels `channel` names the one with the highest score, whose verdict this is.
    """

    timestamp: Timestamp
    anomaly: int | None
    score: float | msgspec.UnsetType | None = msgspec.UNSET
    votes: dict[str, int] | msgspec.UnsetType | None = msgspec.UNSET
    expected: float | msgspec.UnsetType | None = msgspec.UNSET
    lower: float | msgspec.UnsetType | None = msgspec.UNSET
    upper: float | msgspec.UnsetType | None = msgspec.UNSET
    late: bool | msgspec.UnsetType = msgspec.UNSET
    problem: RowProblem | msgspec.UnsetType = msgspec.UNSET
    seq: int | msgspec.UnsetType = msgspec.UNSET
    channel: str | msgspec.UnsetType | None = msgspec.UNSET


class AnswerColumns(msgspec.Struct, omit_defaults=True):
    """The answer to columns: lists as long as those that were sent."""

    timestamp: list[Timestamp]
    anomaly: list[int | None]
    score: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    votes: list[dict[str, int] | None] | msgspec.UnsetType = msgspec.UNSET
    expected: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    lower: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    upper: list[float | None] | msgspec.UnsetType = msgspec.UNSET
    late: list[bool] | msgspec.UnsetType = msgspec.UNSET
    problem: list[RowProblem | None] | msgspec.UnsetType = msgspec.UNSET
    seq: list[int] | msgspec.UnsetType = msgspec.UNSET
    channel: list[str | None] | msgspec.UnsetType = msgspec.UNSET


class ProblemFrame(msgspec.Struct, omit_defaults=True):
    """An RFC 9457 problem; the socket closes after it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""


Frame: TypeAlias = ObservationFrame | list[Observation]

_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def decode_frame(frame: bytes | str) -> Frame:
    """Read what a client sent; NaN, which Python writes, is read as null.

    Raises
    ------
    MalformedMessage
        Not JSON, unknown or missing keys, or a wrong type; says where.
    """
    try:
        return _decoder.decode(frame)
    except msgspec.ValidationError as error:
        msg = f'{error}; expected {{"timestamp": …, "value": …}}, a list of these, or columns.'
        raise MalformedMessage(msg) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if (plain := without_nan(frame)) is not None:
            return decode_frame(plain)
        msg = f"The frame is not JSON: {error}."
        raise MalformedMessage(msg) from None


def encode(message: msgspec.Struct | list[Answer | DetailedAnswer]) -> bytes:
    """Write a message as JSON."""
    return _encoder.encode(message)
