"""What `auto` finds, leaves out, and says of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.series import registry
from standout.detectors.series.auto import AutoDetector
from standout.detectors.series.limits import HIGHEST, limit, to_unit
from standout.detectors.series.period import dominant_period
from standout.detectors.series.preparation import standardise
from standout.detectors.thresholds import SHIPPED
from standout.types import Batch


def waves(rows: int = 3_000, channels: int = 1, seed: int = 0) -> Batch:
    random = np.random.default_rng(seed)
    phase = np.arange(rows)[:, None] / 11 + np.arange(channels)
    return np.asarray(np.sin(phase) + 0.1 * random.standard_normal((rows, channels)))


def found(X: Batch, **params: bool) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    return np.flatnonzero(AutoDetector(**params).score_many(X) >= SHIPPED)


@pytest.mark.parametrize("thorough", [False, True])
@pytest.mark.parametrize("kind", ["flat", "fast", "shift", "spike", "reversed"])
def test_what_is_wrong_is_found_and_nothing_else(kind: str, thorough: bool) -> None:
    X = waves()
    stretch = X[2_000:2_050, 0]
    if kind == "flat":
        stretch[:] = 0.3
    elif kind == "fast":
        stretch[:] = np.sin(np.arange(50) / 4)
    elif kind == "shift":
        stretch += 1.5
    elif kind == "spike":
        stretch[20:23] += 6
    else:
        stretch[:] = np.abs(stretch)
    rows = found(X, thorough=thorough)
    assert len(rows)
    assert rows.min() > 2_000 - 130
    assert rows.max() < 2_050 + 130


@pytest.mark.parametrize("seed", range(5))
def test_clean_waves_are_nearly_silent(seed: int) -> None:
    assert len(found(waves(seed=seed))) < 10


def test_indicators_are_left_out_and_named() -> None:
    X = np.hstack([waves(channels=3), np.zeros((3_000, 1)), waves()])
    X[1_000:1_010, 3] = 1  # a command, rare but no anomaly
    X[2_000:2_040, 1] += 2
    with_rule = AutoDetector().judge(X)
    assert with_rule.dropped == (3,)
    assert np.isnan(with_rule.expected[:, 3]).all()
    worst = int(np.nanargmax(with_rule.score))
    assert 1_980 < worst < 2_060
    assert with_rule.channel[worst] == 1
    without = AutoDetector(drop_indicators=False).judge(X)
    assert without.dropped == ()
    assert (without.channel[1_000:1_010] == 3).all()
    assert not (with_rule.channel == 3).any()


def test_of_indicators_alone_all_are_kept() -> None:
    X = np.zeros((500, 3))
    X[::10, :2] = 1
    X[255, 0] = 1
    judged = AutoDetector().judge(X)
    assert judged.dropped == (2,)  # it never changes
    assert set(judged.channel[~np.isnan(judged.score)]) <= {0, 1}


def test_a_missing_channel_says_nothing() -> None:
    X = waves(channels=2)
    X[:, 1] = np.nan
    judged = AutoDetector().judge(X)
    alone = AutoDetector().judge(X[:, :1])
    np.testing.assert_array_equal(judged.score, alone.score)
    assert judged.dropped == (1,)


def test_the_range_holds_most_values_and_not_the_anomaly() -> None:
    X = waves()
    X[2_000:2_020, 0] += 3
    judged = AutoDetector().judge(X)
    inside = (judged.lower <= X) & (judged.upper >= X)
    assert 0.95 < inside.mean() < 0.999
    assert not inside[2_005:2_015].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=80))
def test_the_map_to_0_to_1_keeps_the_order(raw: list[float]) -> None:
    values = np.array(raw)
    score = to_unit(values, 1e-9)
    order = np.argsort(values, kind="stable")
    assert (np.diff(score[order]) >= 0).all()
    assert ((score >= 0) & (score <= 1)).all()
    spread = values.std()
    if spread > 1e-6:
        standard = (values - values.mean()) / spread
        clear = np.abs(standard - limit(len(values))) > 1e-6
        assert ((score >= SHIPPED) == (standard >= limit(len(values))))[clear].all()


def test_the_limit_grows_with_the_length() -> None:
    lengths = [12, 100, 1_000, 4_000, 1_000_000]
    assert [limit(n) for n in lengths] == sorted(limit(n) for n in lengths)
    assert limit(100) == 3.0
    assert limit(1_000_000) == HIGHEST


def test_silent_members_do_not_make_the_others_loud() -> None:
    """On a series that repeats to the last digit only its ends and steps are anything at all."""
    square = np.tile([0.0] * 50 + [1.0] * 50, 40).reshape(-1, 1)
    assert len(found(square)) == 0
    assert len(found(square, thorough=True)) == 0
    square[2_030] = 0.5
    assert len(found(square))


def test_an_anomaly_in_a_short_series_can_be_found() -> None:
    values = np.sin(np.arange(100) / 3)
    values[60:63] += 4
    rows = found(values.reshape(-1, 1))
    assert len(rows)
    assert ((rows >= 55) & (rows <= 68)).all()


def test_gaps_are_filled_for_the_computation() -> None:
    channel = standardise(np.array([np.nan, 1.0, np.nan, 3.0, np.inf]))
    np.testing.assert_allclose(channel.restore(channel.x), [1, 1, 2, 3, 3])
    assert channel.known.tolist() == [False, True, False, True, False]


def test_the_period_is_found() -> None:
    assert dominant_period(np.sin(np.arange(2_000) * 2 * np.pi / 37)) == 37
    assert dominant_period(np.arange(10.0)) == 125


def test_rows_beyond_a_block_are_judged_alike() -> None:
    """Nothing happens at the edges of the blocks in which windows are compared."""
    X = waves(rows=6_200)
    scores = registry.detector("bank_distance", {"width": 64}).score_many(X)
    edges = np.abs(np.diff(scores))[[2_047, 2_048, 2_079, 2_080, 4_095, 4_096, 4_127, 4_128]]
    assert edges.max() < np.quantile(np.abs(np.diff(scores)), 0.999)
