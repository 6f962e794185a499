"""Running statistics: against exact fractions, in whatever parts the rows come."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from standout.kernels.hotelling import farthest_usual, share_below
from standout.kernels.scatter import (
    FARTHEST,
    NOTHING,
    Scatter,
    deviates,
    distance,
    merge,
    scatter_of,
)
from tests.reference import scatter as reference

NUMBER = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
TABLE = st.integers(1, 4).flatmap(
    lambda d: st.lists(st.lists(NUMBER, min_size=d, max_size=d), min_size=1, max_size=25)
)


def assert_near(got: Scatter, rows: list[list[float]]) -> None:
    """Compare with the fractions, to rounding of what was added up."""
    mean, scatter = reference.sums(rows)
    size = max(abs(x) for row in rows for x in row) or 1.0
    assert got.count == len(rows)
    np.testing.assert_allclose(got.mean, [float(m) for m in mean], atol=1e-14 * size)
    wanted = np.array([[float(s) for s in line] for line in scatter])
    # The spread of the largest column, times what a digit of its values is worth.
    slack = 1e-12 * (1 + np.abs(wanted).max()) + 1e-14 * size * np.sqrt(np.abs(wanted).max() + 1)
    np.testing.assert_allclose(got.scatter, wanted, atol=slack * len(rows))


@given(TABLE)
def test_the_sums_are_those_of_exact_fractions(rows: list[list[float]]) -> None:
    assert_near(scatter_of(np.array(rows)), rows)


@given(TABLE, st.lists(st.integers(1, 24), max_size=5))
def test_rows_in_parts_give_what_they_give_at_once(
    rows: list[list[float]], cuts: list[int]
) -> None:
    parts = [part for part in np.split(np.array(rows), sorted(set(cuts))) if len(part)]
    assert_near(reduce(merge, map(scatter_of, parts)), rows)


@given(TABLE, TABLE)
def test_the_order_of_a_merge_does_not_matter(a: list[list[float]], b: list[list[float]]) -> None:
    assume(len(a[0]) == len(b[0]))
    one, other = scatter_of(np.array(a)), scatter_of(np.array(b))
    for both in (merge(one, other), merge(other, one)):
        assert_near(both, [*a, *b])


@given(st.floats(-1e90, 1e90), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_a_column_that_never_changes_has_exactly_no_scatter(
    level: float, lengths: list[int]
) -> None:
    merged = reduce(merge, [scatter_of(np.full((n, 1), level)) for n in lengths])
    assert (merged.mean[0], merged.scatter[0, 0]) == (level, 0.0)
    assert deviates(merged, np.array([level]))[0] == 0
    other = np.nextafter(level, np.inf)
    beyond = FARTHEST if other - level >= NOTHING else 0
    assert abs(deviates(merged, np.array([other]))[0]) == beyond


@given(TABLE, st.data())
def test_the_distance_is_that_of_exact_fractions(
    rows: list[list[float]], data: st.DataObject
) -> None:
    d = len(rows[0])
    x = data.draw(st.lists(NUMBER, min_size=d, max_size=d))
    assume(len(rows) > d)
    sums = scatter_of(np.array(rows))
    spread = sums.deviations()
    assume((spread > 1e-3).all())
    values = np.linalg.eigvalsh(sums.scatter / np.outer(spread, spread))
    assume(values[0] > 1e-4 * values[-1])
    wanted = reference.distance(rows, x)
    assert wanted is not None
    assert distance(sums, np.array(x)) == pytest.approx(min(wanted, FARTHEST), rel=1e-6, abs=1e-6)


@given(TABLE, st.data(), st.lists(st.integers(-60, 60), min_size=4, max_size=4))
def test_no_unit_has_a_part_in_the_distance(
    rows: list[list[float]], data: st.DataObject, powers: list[int]
) -> None:
    d = len(rows[0])
    x = np.array(data.draw(st.lists(NUMBER, min_size=d, max_size=d)))
    units = 2.0 ** np.array(powers[:d])
    X = np.array(rows)
    assume(len(X) > 1)
    here, there = scatter_of(X), scatter_of(X * units)
    np.testing.assert_array_equal(deviates(here, x), deviates(there, x * units))
    assert distance(here, x) == distance(there, x * units)


def test_what_is_too_small_to_be_squared_does_not_deviate() -> None:
    X = np.array([[1e-300, 1.0], [2e-300, 2.0], [3e-300, 4.0]])
    sums = scatter_of(X)
    assert [deviates(sums, x)[0] for x in X] == [0, 0, 0]
    assert distance(sums, X[0]) < 2
    assert deviates(sums, np.array([1e-9, 1.0]))[0] == FARTHEST


def test_columns_that_follow_from_others_are_shrunk_and_finite() -> None:
    random = np.random.default_rng(0)
    one = random.standard_normal(200)
    X = np.column_stack([one, 2 * one + 5, one - 1])
    sums = scatter_of(X)
    usual = distance(sums, np.array([1.0, 7.0, 0.0]))
    broken = distance(sums, np.array([1.0, 3.0, 0.0]))
    assert usual < 2
    assert broken > 10
    wide = scatter_of(random.standard_normal((5, 40)))
    assert 0 < distance(wide, random.standard_normal(40)) < 1e3


@pytest.mark.parametrize(
    ("columns", "rows", "wanted"),
    # scipy.stats.f.isf(0.0026998, d, n - d), scaled: SciPy 1.17.
    [
        (1, 2, 288.7966752935356),
        (1, 100, 3.0928985847809503),
        (2, 5, 15.580881574328174),
        (3, 50, 4.166562923557506),
        (10, 1000, 5.237688479611657),
        (100, 101, 29625.24437056754),
        (500, 10**9, 24.340896581943873),
    ],
)
def test_the_limit_is_hotellings(columns: int, rows: int, wanted: float) -> None:
    assert farthest_usual(columns, rows) == pytest.approx(wanted, rel=1e-7)


def test_one_usual_row_in_370_lies_beyond_the_limit() -> None:
    random = np.random.default_rng(1)
    mixing = random.standard_normal((4, 4))
    beyond = trials = 0
    for _ in range(300):
        X = random.standard_normal((31, 4)) @ mixing
        new = random.standard_normal((30, 4)) @ mixing
        sums = scatter_of(X)
        beyond += sum(distance(sums, x) > farthest_usual(4, 31) for x in new)
        trials += len(new)
    # 24 are expected of 9,000; they come in groups, since 30 share one fit.
    assert 8 <= beyond <= 45, beyond / trials


def test_the_beta_function_at_its_ends() -> None:
    assert (share_below(2, 3, 0), share_below(2, 3, 1)) == (0, 1)
    assert share_below(1, 1, 0.3) == pytest.approx(0.3)
    assert share_below(2, 2, 0.5) == pytest.approx(0.5)


def test_the_reference_itself() -> None:
    assert reference.sums([[1.0], [3.0]]) == ([Fraction(2)], [[Fraction(2)]])
    assert reference.distance([[0.0, 0.0], [1.0, 1.0]], [1.0, 1.0]) is None
