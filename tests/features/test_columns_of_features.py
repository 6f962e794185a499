"""Texts, times, scales and missing values."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.features.calendar import calendar, usual_step
from standout.features.encoding import MOST_CATEGORIES, TextCodes
from standout.features.missing import Filler
from standout.features.scaling import Scaler, Scaling
from standout.kernels.sequences import MISSING_TIME

TEXTS = st.lists(st.one_of(st.text(max_size=4), st.none(), st.integers(0, 3)), min_size=1)


@given(texts=TEXTS, others=TEXTS)
def test_codes_round_trip_and_unknown_texts_have_their_own(
    texts: list[object], others: list[object]
) -> None:
    for by in ("frequency", "rank"):
        codes = TextCodes.learn(texts, by=by)
        again = TextCodes.from_state(codes.to_state())
        assert again == codes
        assert (again([*texts, *others]) == codes([*texts, *others])).all()
        assert codes(["never seen before"])[0] == codes.unknown


def test_frequency_is_a_share_and_rank_tells_apart() -> None:
    texts = ["b", "a", "c", "c", None, None, None]
    assert TextCodes.learn(texts, by="frequency")(["c", "", "z"]).tolist() == [2 / 7, 3 / 7, 0]
    ranks = TextCodes.learn(texts, by="rank")
    assert ranks([None, "c", "a", "b", "z"]).tolist() == [0, 1, 2, 3, 4]
    assert TextCodes.learn(reversed(texts), by="rank") == ranks


def test_numbers_in_a_text_column_are_texts() -> None:
    codes = TextCodes.learn(["5", "7", "7"], by="rank")
    assert codes([5, 5.0, 7]).tolist() == [1, 1, 0]


def test_categories_are_bounded() -> None:
    codes = TextCodes.learn([str(i) for i in range(MOST_CATEGORIES + 50)], by="rank")
    assert len(codes.codes) == MOST_CATEGORIES


@settings(deadline=None)
@given(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2200, 1, 1)))  # noqa: DTZ001 - UTC below
def test_calendar_equals_pythons(when: dt.datetime) -> None:
    when = when.replace(tzinfo=dt.UTC)
    epoch = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    microseconds = (when - epoch) // dt.timedelta(microseconds=1)
    expected = [when.hour, when.weekday(), when.month]
    assert calendar(np.array([microseconds]))[0].tolist() == expected


def test_the_usual_step_is_the_median_of_those_known() -> None:
    assert usual_step(np.array([0, 10, MISSING_TIME, 20, 20, 1_000])) == 10
    assert usual_step(np.array([5])) == 86_400_000_000


KINDS: tuple[Scaling, ...] = ("standard", "robust", "range")


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 99), power=st.integers(-900, 900), kind=st.sampled_from(KINDS))
def test_powers_of_two_change_no_bit(seed: int, power: int, kind: Scaling) -> None:
    X = np.random.default_rng(seed).standard_normal((20, 3))
    X[:, 2] = 5.0
    scaled = Scaler.learn(X, kind)(X)
    moved = np.ldexp(X, power)
    assert scaled.tobytes() == Scaler.learn(moved, kind)(moved).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_constant_feature_is_zero_and_its_change_is_bounded(kind: Scaling) -> None:
    scaler = Scaler.learn(np.full((9, 1), 0.1), kind)
    found = scaler(np.array([[0.1], [0.2], [-1e9], [np.inf]]))[:, 0]
    assert found[0] == 0
    assert 0 < found[1] == -found[2] == found[3] <= 10


def test_scales_mean_what_they_say() -> None:
    X = np.random.default_rng(0).standard_normal((5_000, 1)) * 7 + 3
    standard = Scaler.learn(X, "standard")(X)
    assert abs(standard.mean()) < 1e-12
    assert abs(standard.std() - 1) < 1e-12
    robust = Scaler.learn(X, "robust")
    assert np.quantile(robust(X), [0.1, 0.9]) @ [-1, 1] == pytest.approx(1)
    assert robust(np.array([[1e9]]))[0, 0] == 6
    among = Scaler.learn(X, "range")(X)
    assert (among.min(), among.max()) == (0, 1)


@given(
    st.lists(
        st.lists(st.floats(width=64), min_size=2, max_size=2),
        min_size=1,
        max_size=8,
    )
)
def test_filled_rows_are_finite_and_whole_rows_stay(cells: list[list[float]]) -> None:
    X = np.array(cells)
    filler = Filler.learn(X)
    filled = filler.fill(X)
    assert np.isfinite(filled).all()
    there = np.isfinite(X)
    assert (filled[there] == X[there]).all()
    for feature in range(2):
        known = X[:, feature][there[:, feature]]
        with np.errstate(over="ignore"):  # the mean of two huge numbers
            median = np.median(known) if len(known) else 0.0
        if np.isfinite(median):
            assert (filled[np.isnan(X[:, feature]), feature] == median).all()
        if len(known):
            assert (filled[X[:, feature] == np.inf, feature] >= known.max()).all()
            assert (filled[X[:, feature] == -np.inf, feature] <= known.min()).all()
