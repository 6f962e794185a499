"""`standout.detect`: a series in, arrays out."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import standout
from standout.detectors.series import registry as series
from standout.errors import InvalidInput, InvalidParameter, UnknownDetector
from standout.service import scoring


def spiky(n: int = 200) -> np.ndarray:
    values = np.random.default_rng(0).standard_normal(n)
    values[n * 3 // 4] = 12
    return values


def test_arrays_come_out() -> None:
    found = standout.detect(spiky(), detector="vote")
    assert found.score.shape == found.anomaly.shape == found.votes.shape == (200,)
    assert np.isnan(found.anomaly[:30]).all()
    assert found.anomaly[150] == 1
    assert ((found.anomaly == 1) == (found.score >= 0.6)).all()
    assert found.upper[150] < 12
    assert found.detector == "vote"
    assert (found.channel == np.where(np.isnan(found.score), -1, 0)).all()


def test_without_a_name_the_whole_series_is_judged() -> None:
    values = np.sin(np.arange(600) / 7)
    values[300:310] += 2
    found = standout.detect(values)
    whole = series.detector("auto").judge(values.reshape(-1, 1))
    assert found.detector == "auto"
    np.testing.assert_array_equal(found.score, whole.score)
    np.testing.assert_array_equal(found.upper, whole.upper[:, 0])
    assert found.anomaly[305] == 1
    assert not found.votes.any()
    assert standout.detect(values, window=20).detector == "vote"


@pytest.mark.parametrize("name", scoring.names())
def test_every_detector_is_served_by_its_name(name: str) -> None:
    found = standout.detect(spiky(), detector=name)
    assert found.detector == name
    there = ~np.isnan(found.score)
    assert there.any()
    assert ((found.score[there] >= 0.6) == (found.anomaly[there] == 1)).all()
    assert np.isfinite(found.expected[there]).all()
    assert (found.lower[there] <= found.upper[there]).all()


def test_parameters_reach_the_detector() -> None:
    values = np.sin(np.arange(600) / 7)
    values[300:310] += 2
    plain = standout.detect(values, detector="auto")
    thorough = standout.detect(values, detector="auto", params={"thorough": True})
    assert (plain.score != thorough.score).any()
    strict = standout.detect(spiky(), detector="zscore", params={"z_limit": 30.0})
    assert not (strict.anomaly == 1).any()


def test_of_several_channels_the_worst_is_named() -> None:
    X = np.sin(np.arange(900)[:, None] / 7 + np.arange(4)) + 0.05 * spiky(900)[:, None].clip(-3, 3)
    X[:, 3] = np.arange(900) % 90 == 0
    X[500:520, 1] += 3
    order = np.random.default_rng(0).permutation(900)
    found = standout.detect(X[order], order)
    worst = int(order[np.nanargmax(found.score)])
    assert 480 < worst < 540
    assert found.channel[order == worst] == 1
    assert found.dropped == (3,)
    assert found.expected.shape == (900,)
    row = int(np.flatnonzero(order == 510)[0])
    assert found.upper[row] < X[510, 1]


def test_lists_with_gaps_come_in() -> None:
    for name in ("vote", "auto"):
        found = standout.detect([*spiky().tolist(), None, float("inf")], detector=name)
        assert np.isnan(found.anomaly[-2:]).all()
        assert not np.isnan(found.anomaly[100:200]).any()


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
    with pytest.raises(InvalidInput, match=r"shape \(3, 2, 2\)"):
        standout.detect(np.zeros((3, 2, 2)))
    with pytest.raises(InvalidInput, match="rows of one length over 0"):
        standout.detect(np.zeros((3, 0)))
    with pytest.raises(InvalidInput, match="numbers"):
        standout.detect([[1.0, 2.0], [3.0]])
    with pytest.raises(InvalidInput, match="vote judges one channel, got 2"):
        standout.detect(np.zeros((3, 2)), detector="vote")
    with pytest.raises(InvalidInput, match="one timestamp for each"):
        standout.detect([1.0, 2.0], [1])
    with pytest.raises(UnknownDetector, match=r"There are: auto, .*, vote"):
        standout.detect([1.0], detector="oracle")
    with pytest.raises(InvalidParameter, match="window"):
        standout.detect([1.0], window=5)
    with pytest.raises(InvalidParameter, match="auto judges the whole series and has no window"):
        standout.detect([1.0], detector="auto", window=50)
    with pytest.raises(InvalidParameter, match="no parameter 'colour'"):
        standout.detect([1.0], params={"colour": 1})


@pytest.mark.parametrize(
    "values",
    [
        [10**400, 1],
        np.array(["2026-01-01", "2026-01-02"], "datetime64[s]"),
        np.array([1, 2], "timedelta64[s]"),
        pl.Series([date(2026, 1, 1), date(2026, 1, 2)]),
    ],
    ids=["over a float", "times", "spans", "polars"],
)
def test_values_that_are_no_numbers(values: Any) -> None:
    with pytest.raises(InvalidInput, match="Values must be numbers or None"):
        standout.detect(values)


def test_masked_values_are_missing() -> None:
    values = spiky()
    masked = np.ma.MaskedArray(np.where(values == 12, 1e9, values), mask=values == 12)
    plain = standout.detect(np.where(values == 12, np.nan, values), detector="vote")
    found = standout.detect(masked, detector="vote")
    assert found.score.tobytes() == plain.score.tobytes()
    assert np.isnan(found.anomaly[150])


def test_nothing_gives_nothing() -> None:
    for name in scoring.names():
        assert len(standout.detect([], detector=name).score) == 0


def test_the_package_is_light_until_it_is_used() -> None:
    program = (
        "import sys, standout; assert 'numba' not in sys.modules; "
        "standout.detect([1.0]); assert 'numba' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
