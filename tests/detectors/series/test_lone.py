"""Lone values: found however many others there are like them, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.series.auto import AutoDetector
from standout.detectors.series.lone import lone_values, tail_bound
from standout.types import Values

Shape = Callable[[np.random.Generator, int], Values]

SHAPES: dict[str, Shape] = {
    "noise": lambda random, n: random.standard_normal(n),
    "wave": lambda random, n: np.sin(np.arange(n) / 8) + 0.1 * random.standard_normal(n),
    "clean wave": lambda _, n: np.sin(np.arange(n) / 8),
    "walk": lambda random, n: random.standard_normal(n).cumsum(),
}


def planted(x: Values, rows: list[int], far: float) -> Values:
    x = x.copy()
    x[rows] += far * np.where(np.arange(len(rows)) % 2, -1.0, 1.0)
    return x


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [300, 1_000, 5_000])
def test_spikes_are_found_and_nothing_else(shape: str, n: int) -> None:
    rows = [n // 7, n // 2, n - n // 5]
    found: list[list[int]] = []
    for seed in range(10):
        x = SHAPES[shape](np.random.default_rng(seed), n)
        spiked = planted(x, rows, 12.0 * max(1.0, float(np.std(np.diff(x)))))
        found.append(np.flatnonzero(lone_values(spiked)).tolist())
    # One row in ten series may be taken for one by chance.
    assert all(set(rows) <= set(some) for some in found)
    assert sum(map(len, found)) <= 10 * len(rows) + 1


def test_five_spikes_are_flagged_by_auto() -> None:
    """They raise the spread of its mean by themselves, so that it flags none of them."""
    rows = [50, 100, 150, 200, 250]
    x = planted(SHAPES["wave"](np.random.default_rng(1), 300), rows, 3.0)
    judged = AutoDetector().judge(x.reshape(-1, 1))
    flagged = np.flatnonzero(judged.score >= 0.6)
    assert set(rows) <= set(flagged)
    assert len(flagged) <= 12
    # Also where another channel stands beside it.
    other = np.random.default_rng(2).standard_normal(300)
    judged = AutoDetector().judge(np.column_stack([other, x]))
    assert set(rows) <= set(np.flatnonzero(judged.score >= 0.6).tolist())


@pytest.mark.parametrize(
    ("draw", "n", "most"),
    [
        (lambda random, n: random.standard_normal(n), 100, 0.02),
        (lambda random, n: random.standard_normal(n), 1_000, 0.02),
        (lambda random, n: random.uniform(size=n), 100, 0.02),
        (lambda random, n: random.exponential(size=n), 1_000, 0.02),
        (lambda random, n: random.laplace(size=n), 1_000, 0.05),
        (lambda random, n: random.poisson(3.0, n).astype(float), 1_000, 0.05),
        # Of a hundred values the farthest is far, and nothing tells that it is no mistake.
        (lambda random, n: random.laplace(size=n), 100, 0.12),
        (lambda random, n: random.standard_t(3, n), 100, 0.4),
        (lambda random, n: random.standard_t(3, n), 1_000, 0.2),
    ],
)
def test_few_values_are_lone_where_nothing_is_wrong(draw: Shape, n: int, most: float) -> None:
    found = [
        np.count_nonzero(lone_values(draw(np.random.default_rng(seed), n))) for seed in range(200)
    ]
    assert np.mean(np.array(found) > 0) <= most


def test_a_few_among_few_are_found_by_their_gap() -> None:
    """They make the tail look so heavy that the bound lies behind them."""
    hits = 0
    for seed in range(40):
        random = np.random.default_rng(seed)
        rows = random.choice(100, 4, replace=False).tolist()
        x = planted(random.standard_normal(100), rows, 9.0)
        hits += set(rows) == set(np.flatnonzero(lone_values(x)))
    assert hits >= 34


@pytest.mark.parametrize("n", [300, 600, 2_000])
@pytest.mark.parametrize("levels", [5, 7])
def test_lone_values_of_a_waveform_of_few_levels_are_flagged(n: int, levels: int) -> None:
    rows = [n // 7, n // 3, n // 2, n - n // 5, n - 31]
    x = (np.arange(n) % levels).astype(np.float64)
    x[rows] += 20.0
    judged = AutoDetector().judge(x.reshape(-1, 1))
    assert (judged.score[rows] >= 0.6).all()


def test_a_rhythm_a_crowd_and_a_step_are_not_lone() -> None:
    random = np.random.default_rng(0)
    x = 0.1 * random.standard_normal(2_000)
    beats, crowd = x.copy(), x.copy()
    beats[100::250] += 5
    crowd[random.choice(2_000, 60, replace=False)] += 5
    for some in (beats, crowd, np.zeros(100), np.repeat([0.0, 1.0], 50), np.arange(100.0)):
        assert not lone_values(some).any()


def test_the_bound_follows_the_tail() -> None:
    random = np.random.default_rng(0)
    light, heavy = random.uniform(size=2_000), np.abs(random.standard_t(2, 2_000))
    assert tail_bound(light) / np.quantile(light, 0.95) < 4
    assert tail_bound(heavy) / np.quantile(heavy, 0.95) > 12
    assert tail_bound(np.zeros(50)) == np.inf
    assert tail_bound(np.r_[np.zeros(90), np.ones(10)]) == np.inf


@settings(max_examples=50)
@given(st.integers(12, 400), st.integers(-40, 40), st.integers(0, 9))
def test_scale_and_level_change_nothing(n: int, power: int, seed: int) -> None:
    x = planted(np.random.default_rng(seed).standard_normal(n).round(3), [n // 3], 20.0)
    found = lone_values(x)
    assert (lone_values(x * 2.0**power) == found).all()
    assert (lone_values(-x) == found).all()
    assert ((found == 0) | ((found >= 1) & (found <= 1.5))).all()
