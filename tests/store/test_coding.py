"""Rows as bytes: they come back to the bit, and damage is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.domain.records import Observations
from standout.errors import StoreUnavailable
from standout.store import coding
from tests.store.build import a_stream, joined, some_rows

INT64 = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.lists(st.sampled_from([0.0, -0.0, float("nan"), 0.2, 0.4, 1e-320, 1e308]), min_size=1)
LENGTHS = st.sampled_from([1, 2, 3, 63, 64, 65, 300, 1_024])


def same_bits(found: Observations, wanted: Observations) -> bool:
    return found.columns().keys() == wanted.columns().keys() and all(
        column.tobytes() == getattr(wanted, name).tobytes()
        and column.dtype == getattr(wanted, name).dtype
        for name, column in found.columns().items()
    )


def rows_of(times: list[int]) -> Observations:
    return some_rows(a_stream(key=5), times)


@settings(max_examples=100, deadline=None)
@given(
    n=LENGTHS,
    steps=st.tuples(
        st.sampled_from([0, 1, 10**6, 2**32 - 1, 2**32, 2**62, -1, -(2**40)]),
        st.sampled_from([0, 1, 1_000, 2**32 - 1, 2**32, 2**40]),
    ),
    start=INT64,
    few=FLOATS,
    seed=st.integers(0, 99),
)
def test_rows_come_back_to_the_bit(
    n: int, steps: tuple[int, int], start: int, few: list[float], seed: int
) -> None:
    rng = np.random.default_rng(seed)
    # Sums that leave the range wrap round, as they do within.
    step, jitter = steps
    apart = np.full(n, step, np.int64) + rng.integers(0, jitter, n, endpoint=True)
    rows = Observations.blank(n)
    rows.stream[:] = 5
    rows.time_us[:] = np.int64(start) + np.cumsum(apart)
    rows.seq[:] = rng.permutation(rows.time_us)
    rows.value[:] = rng.normal(size=n)
    rows.score[:] = rng.choice(few, n)
    rows.expected[:] = rng.integers(0, 300, n)
    rows.votes[:] = rng.integers(0, 256, n)
    rows.late[:] = rng.random(n) < 0.5

    data = coding.encode(rows)

    assert same_bits(coding.decode(5, data), rows)
    assert coding.decode_times(5, data).tobytes() == rows.time_us.tobytes()


def test_even_times_and_few_scores_take_little_room() -> None:
    rows = rows_of(list(range(0, 1_024_000, 1_000)))
    measured = ("value", "expected", "lower", "upper")

    assert len(coding.encode(rows)) < (8 * len(measured) + 3) * 1_024
    rows.time_us[5] += 1
    assert len(coding.encode(rows)) < (8 * len(measured) + 7) * 1_024


def test_bytes_that_are_cut_are_refused() -> None:
    data = coding.encode(rows_of([1, 2, 4, 9]))
    for length in range(len(data)):
        with pytest.raises(StoreUnavailable, match="key 5 cannot be read"):
            coding.decode(5, data[:length])
    for length in range(20):
        with pytest.raises(StoreUnavailable, match="key 5 cannot be read"):
            coding.decode_times(5, data[:length])


def test_a_newer_version_is_refused() -> None:
    data = coding.encode(rows_of([1, 2]))

    with pytest.raises(StoreUnavailable, match="version 4, this program knows those up to 3"):
        coding.decode(5, b"\x04" + data[1:])


def test_small_blocks_come_back_to_the_bit_alone_and_together() -> None:
    rows = rows_of([3, 5, -(2**63), 4, 2**63 - 1])
    rows.value[:] = [0.0, -0.0, float("nan"), 1e-320, 1e308]
    rows.late[1] = True

    packed = coding.pack(rows, np.array([0, 2, 3]))

    parts = [rows.take(slice(0, 2)), rows.take(slice(2, 3)), rows.take(slice(3, 5))]
    for data, part in zip(packed, parts, strict=True):
        assert same_bits(coding.decode(5, data), part)
        assert coding.decode_times(5, data).tolist() == part.time_us.tolist()
    whole = coding.encode(rows.take(slice(2, 3)))
    found = coding.decode_all(5, [packed[0], whole, packed[2]])
    for block, part in zip(found, (parts[1], joined(parts[0], parts[2])), strict=True):
        assert same_bits(block, part)
    for damaged in (packed[0][:-1], packed[0][:5], packed[0] + b"\0", b"\x03"):
        with pytest.raises(StoreUnavailable, match="key 5 cannot be read"):
            coding.decode(5, damaged)


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("width", [1, 2, 64])
def test_keys_and_channels_come_back_to_the_bit(width: int, keyed: bool) -> None:
    rng = np.random.default_rng(width)
    rows = rows_of(list(range(500)))
    rows = replace(
        rows,
        key=rng.permutation(500) if keyed else None,
        channel=rng.integers(-1, width, 500) if width > 1 else None,
        vector=rng.choice([0.0, np.nan, 1.5, rng.normal()], (500, width)) if width > 1 else None,
    )
    data = coding.encode(rows)
    assert same_bits(coding.decode(5, data), rows)
    assert coding.decode_times(5, data).tolist() == list(range(500))
    for length in range(0, len(data), 7):
        with pytest.raises(StoreUnavailable, match="key 5 cannot be read"):
            coding.decode(5, data[:length])


def test_rows_of_one_channel_are_written_as_ever() -> None:
    assert coding.encode(rows_of([1, 2]))[0] == 1


def test_a_length_beyond_reason_takes_no_memory() -> None:
    data = coding.encode(rows_of([1, 2, 3]))

    with pytest.raises(StoreUnavailable, match="4,294,967,295 rows"):
        coding.decode(5, data[:1] + b"\xff" * 4 + data[5:])


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, 400), byte=st.integers(0, 255))
def test_bytes_that_are_wrong_are_rows_or_refused(place: int, byte: int) -> None:
    data = bytearray(coding.encode(rows_of([1, 2, 4, 9])))
    data[place % len(data)] = byte
    try:
        assert len(coding.decode(5, bytes(data))) <= 300
    except StoreUnavailable as error:
        assert "cannot be read" in str(error)  # noqa: PT017 - either is right
