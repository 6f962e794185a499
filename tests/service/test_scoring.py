"""`standout.detect`: a series in, arrays out."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import standout
from standout.errors import InvalidInput, InvalidParameter, UnknownDetector


def spiky(n: int = 200) -> np.ndarray:
    values = np.random.default_rng(0).standard_normal(n)
    values[n * 3 // 4] = 12
    return values


def test_arrays_come_out() -> None:
    found = standout.detect(spiky())
    assert found.score.shape == found.anomaly.shape == found.votes.shape == (200,)
    assert np.isnan(found.anomaly[:30]).all()
    assert found.anomaly[150] == 1
    assert ((found.anomaly == 1) == (found.score >= 0.6)).all()
    assert found.upper[150] < 12


def test_lists_with_gaps_come_in() -> None:
    found = standout.detect([*spiky().tolist(), None, float("inf")])
    assert np.isnan(found.anomaly[-2:]).all()


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(60)))
def test_values_are_taken_in_the_order_of_time(order: list[int]) -> None:
    values = spiky(60)
    plain = standout.detect(values, window=20)
    times = np.array(order)
    found = standout.detect(values[times], times, window=20)
    assert found.score.tobytes() == plain.score[times].tobytes()


def test_equal_times_keep_their_order() -> None:
    values = spiky()
    plain = standout.detect(values)
    found = standout.detect(values, np.zeros(200))
    assert found.score.tobytes() == plain.score.tobytes()


def test_what_cannot_be_scored() -> None:
    with pytest.raises(InvalidInput, match="numbers"):
        standout.detect(["a", "b"])
    with pytest.raises(InvalidInput, match="2 dimensions"):
        standout.detect(np.zeros((3, 2)))
    with pytest.raises(InvalidInput, match="one timestamp for each"):
        standout.detect([1.0, 2.0], [1])
    with pytest.raises(UnknownDetector, match="There are: vote"):
        standout.detect([1.0], detector="oracle")
    with pytest.raises(InvalidParameter, match="window"):
        standout.detect([1.0], window=5)


def test_nothing_gives_nothing() -> None:
    assert len(standout.detect([]).score) == 0


def test_the_package_is_light_until_it_is_used() -> None:
    program = (
        "import sys, standout; assert 'numba' not in sys.modules; "
        "standout.detect([1.0]); assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
