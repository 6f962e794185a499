"""Series over HTTP: one list of values, judged in one request."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec

from standout.errors import InvalidInput, MalformedMessage
from standout.readers.nan import without_nan
from standout.schemas.frames import MAX_CHANNELS

Numbers: TypeAlias = list[float | None]
Row: TypeAlias = Annotated[Numbers, msgspec.Meta(min_length=1, max_length=MAX_CHANNELS)]
"""The values of all channels at one time; null is missing."""


class SeriesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Values to be judged, in the order of time; of several channels each is a list.

    With `votes` it is told, too, which of a stream detector's voters voted.
    """

    values: list[float | Row | None]
    timestamps: list[str | int | float] | None = None
    detector: str | None = None
    window: int | None = None
    params: dict[str, bool | int | float | str | None] | None = None
    tz: str = "UTC"
    unit: str | None = None
    votes: bool = False


class SeriesAnswer(msgspec.Struct, omit_defaults=True):
    """The verdicts, as columns aligned with the values that were sent.

    Of several channels `channel` has the place of the one that stands out most, which `expected`
    and the range are of, and `dropped` the places of those that were left out, from 0.
    `voters` are in the order of the bits in `votes`, from the lowest; only where they are asked
    for, and only of a detector that votes.
    """

    detector: str
    total_anomalies: int
    score: Numbers
    anomaly: list[int | None]
    expected: Numbers
    lower: Numbers
    upper: Numbers
    channel: list[int | None] | None = None
    dropped: list[int] | None = None
    voters: list[str] | None = None
    votes: list[int] | None = None


_request: msgspec.json.Decoder[SeriesRequest] = msgspec.json.Decoder(SeriesRequest)


def decode_series(body: bytes) -> SeriesRequest:
    """Read a body.

    Raises
    ------
    MalformedMessage
        Not JSON.
    InvalidInput
        Not of this form.
    """
    wanted = '{"values": [1.0, null, …]}, or with a list for each row of several channels'
    try:
        return _request.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"A series is {wanted}: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if (plain := without_nan(body)) is not None:
            return decode_series(plain)
        raise MalformedMessage(f"A series is {wanted}: {error}.") from None


def schema() -> dict[str, Any]:
    """Return the schema of a body, whole."""
    found = msgspec.json.schema(SeriesRequest)
    return dict(found["$defs"]["SeriesRequest"])


class PredictSeriesRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Values to be judged by their rolling mean and standard deviation, in the order of time."""

    values: list[float | None]


class PredictedSeries(msgspec.Struct, omit_defaults=True):
    """Flags and scores, aligned with the values that were sent; null in the warm-up."""

    warmup_points_dropped: int
    anomaly: list[int | None]
    anomaly_score: list[float | None]
    message: str | None = None


def read_series(body: dict[str, Any]) -> PredictSeriesRequest:
    """Read what was sent.

    Raises
    ------
    InvalidInput
        It is not of this form; says where.
    """
    try:
        return msgspec.convert(body, PredictSeriesRequest)
    except msgspec.ValidationError as error:
        wanted = '{"values": [0.13, null, …]}'
        raise InvalidInput(f"A series is {wanted}: {error}.") from None
