"""Uploads of observations and their answers; rows and columns are those of the sockets' frames."""

from __future__ import annotations

import re
from typing import TypeAlias, TypeVar

import msgspec

from standout.errors import MalformedMessage
from standout.readers.nan import without_nan
from standout.schemas.frames import Channels, Frame, Observation, RowProblem, Seq, Timestamp


class StreamObservation(msgspec.Struct, forbid_unknown_fields=True):
    """One observation of one of many streams."""

    id: str
    timestamp: Timestamp
    value: float | Channels | None
    seq: Seq | msgspec.UnsetType = msgspec.UNSET


class StreamColumns(msgspec.Struct, forbid_unknown_fields=True):
    """Observations of many streams, a list for each key."""

    id: list[str]
    timestamp: list[Timestamp]
    value: list[float | Channels | None]
    seq: list[Seq] | msgspec.UnsetType = msgspec.UNSET


StreamBody: TypeAlias = StreamColumns | list[StreamObservation]


class StreamAnswer(msgspec.Struct, omit_defaults=True):
    """The verdict on one observation of one of many streams; the rest as in `DetailedAnswer`."""

    id: str
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


class UploadCount(msgspec.Struct):
    """What an upload is answered with under ``verdicts=none``."""

    received: int
    stored: int
    anomalies: int
    late: int
    refused: int


ROW: msgspec.json.Decoder[Observation] = msgspec.json.Decoder(Observation)
STREAM_ROW: msgspec.json.Decoder[StreamObservation] = msgspec.json.Decoder(StreamObservation)

_frame: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_streams: msgspec.json.Decoder[StreamBody] = msgspec.json.Decoder(StreamBody)
T = TypeVar("T")
_PLACE = re.compile(r"\$(?:\.\w+)?\[(\d+)\]")


def decode_body(body: bytes) -> Frame:
    """Read a JSON body for one stream.

    Raises
    ------
    MalformedMessage
        Not JSON, or not of this form; with the row where it is about one.
    """
    return _decode(_frame, body, '{"timestamp": …, "value": …}')


def decode_streams(body: bytes) -> StreamBody:
    """Read a JSON body for many streams; raises as `decode_body`."""
    return _decode(_streams, body, '{"id": …, "timestamp": …, "value": …}')


def _decode(decoder: msgspec.json.Decoder[T], body: bytes, wanted: str) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        made = MalformedMessage(f"{error}; a list of {wanted}, or columns, was wanted.")
        place = _PLACE.search(str(error))
        raise made.at(int(place[1]) + 1) if place else made from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if (plain := without_nan(body)) is not None:
            return _decode(decoder, plain, wanted)
        raise MalformedMessage(f"The body is not JSON: {error}.") from None
