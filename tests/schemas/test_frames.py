"""Frames of the socket, decoded and encoded."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.errors import MalformedMessage
from standout.schemas.frames import (
    Answer,
    DetailedAnswer,
    Observation,
    ObservationFrame,
    decode_frame,
    encode,
)

TIMESTAMPS = (
    st.integers(-(2**62), 2**62) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(TIMESTAMPS, NUMBERS), max_size=5))
def test_rows_come_through_as_they_were_sent(rows: list[tuple[float | str, float | None]]) -> None:
    sent = json.dumps([{"timestamp": t, "value": v} for t, v in rows])
    assert decode_frame(sent) == [Observation(t, v) for t, v in rows]


@given(TIMESTAMPS, NUMBERS)
def test_one_comes_through_and_its_timestamp_comes_back(
    timestamp: float | str, value: float | None
) -> None:
    frame = decode_frame(json.dumps({"timestamp": timestamp, "value": value}))
    assert frame == ObservationFrame(timestamp, value)
    answer = json.loads(encode(Answer(timestamp, None)))
    assert answer == {"timestamp": timestamp, "anomaly": None}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_anything_else_is_a_problem(noise: bytes | str) -> None:
    with pytest.raises(MalformedMessage, match=r"."):
        decode_frame(b"!" + (noise.encode() if isinstance(noise, str) else noise))


def test_the_problem_says_where() -> None:
    with pytest.raises(MalformedMessage, match=r"\$\[1\]\.value"):
        decode_frame('[{"timestamp": 1, "value": 1}, {"timestamp": 2, "value": "x"}]')


def test_what_was_not_asked_for_is_left_out() -> None:
    assert json.loads(encode(DetailedAnswer(1, 0))) == {"timestamp": 1, "anomaly": 0}
    late = DetailedAnswer(1, None, late=True)
    assert json.loads(encode(late)) == {"timestamp": 1, "anomaly": None, "late": True}
