"""The isolation trees' kernels against slow twins and scikit-learn."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.batch.isolation_forest import IsolationForest
from standout.detectors.batch.isolation_trees import IsolationTrees
from standout.kernels.isolation_trees import MEAN_DEPTH, _draw_rows
from standout.types import Batch, Scores
from tests.reference import isolation_trees as twin

NONE_MISSING = np.zeros(6)


def rows(seed: int, n: int, d: int, distinct: int) -> Batch:
    random = np.random.default_rng(seed)
    drawn = random.integers(0, distinct, (n, d)) if distinct else random.standard_normal((n, d))
    return drawn.astype(float)


SHAPES = {
    "seed": st.integers(0, 99),
    "n": st.integers(1, 60),
    "d": st.integers(1, 6),
    "distinct": st.sampled_from([0, 1, 2, 7]),
    "rows_a_tree": st.integers(2, 40),
}


@settings(deadline=None, max_examples=60)
@given(**SHAPES)
def test_paths_equal_the_twin(seed: int, n: int, d: int, distinct: int, rows_a_tree: int) -> None:
    X = rows(seed, n, d, distinct)
    trees = IsolationTrees.grow(X, trees=7, rows_a_tree=rows_a_tree, seed=seed)
    other = np.vstack([X, rows(seed + 1, 20, d, distinct) * 3])
    found = trees.mean_path(other, NONE_MISSING[:d])
    assert np.allclose(found, twin.mean_path(trees, other), rtol=1e-12)


@settings(deadline=None, max_examples=60)
@given(**SHAPES)
def test_leaves_hold_the_rows_that_reach_them(
    seed: int, n: int, d: int, distinct: int, rows_a_tree: int
) -> None:
    """With as many rows a tree as there are, each tree holds every row once."""
    X = rows(seed, n, d, distinct)
    trees = IsolationTrees.grow(X, trees=3, rows_a_tree=4_096, seed=seed)
    for tree in range(3):
        twin.rows_below(trees, tree, X)
    some = IsolationTrees.grow(X, trees=3, rows_a_tree=rows_a_tree, seed=seed)
    assert (some.count.sum(axis=1) == min(rows_a_tree, n)).all()


@settings(deadline=None, max_examples=60)
@given(**SHAPES)
def test_shares_of_the_path_add_up(
    seed: int, n: int, d: int, distinct: int, rows_a_tree: int
) -> None:
    X = rows(seed, n, d, distinct)
    trees = IsolationTrees.grow(X, trees=5, rows_a_tree=rows_a_tree, seed=seed)
    parts = trees.path_shares(X, NONE_MISSING[:d])
    expected = trees.values[:, 0].mean() - trees.mean_path(X, NONE_MISSING[:d])
    assert np.allclose(parts.sum(axis=1), expected, atol=1e-9)


@pytest.mark.parametrize(("n", "m"), [(40, 10), (12, 12), (3_000_000_000, 50)])
def test_rows_are_drawn_evenly_and_none_twice(n: int, m: int) -> None:
    drawn, table = np.empty(m, np.int64), np.empty(256, np.int64)
    tenths, draw, rounds = np.zeros(10), 1, 4_000
    for _ in range(rounds):
        draw = _draw_rows(drawn, n, table, draw)
        assert len(np.unique(drawn)) == m
        assert (drawn >= 0).all()
        assert (drawn < n).all()
        tenths += np.bincount(drawn * 10 // n, minlength=10)
    expected = rounds * m * np.bincount(np.arange(min(n, 10_000)) * 10 // min(n, 10_000)) / n
    expected *= rounds * m / expected.sum()
    assert np.abs(tenths - expected).max() < 5 * np.sqrt(expected.max())


@pytest.fixture(scope="module")
def scattered() -> Batch:
    random = np.random.default_rng(0)
    X = random.standard_normal((3_000, 5))
    X[:60] *= 4
    return X


def sk_forest(X: Batch, seed: int) -> object:
    from sklearn.ensemble import IsolationForest as Theirs  # noqa: PLC0415 - a second

    return Theirs(n_estimators=100, random_state=seed).fit(X)


def test_scores_on_scikit_learns_own_trees_equal_its_scores(scattered: Batch) -> None:
    theirs = sk_forest(scattered, 1)
    trees = twin.from_scikit_learn(theirs)
    expected = -theirs.score_samples(scattered)  # type: ignore[attr-defined]
    # Its trees compare in single precision, and so are given the same rows.
    seen = scattered.astype(np.float32).astype(np.float64)
    path = trees.mean_path(seen, NONE_MISSING[:5])
    ours = np.exp2(-path / MEAN_DEPTH[trees.rows_a_tree])
    assert np.abs(ours - expected).max() < 1e-6


def test_our_trees_rank_as_scikit_learns_do(scattered: Batch) -> None:
    """As alike as two of its forests are that differ in the seed, to .01."""
    seeds = range(4)
    theirs = [-sk_forest(scattered, seed).score_samples(scattered) for seed in seeds]  # type: ignore[attr-defined]
    ours = [IsolationForest(seed=seed).fit(scattered).score_many(scattered) for seed in seeds]
    among = [alike(theirs[a], theirs[b]) for a in seeds for b in seeds if a < b]
    between = [alike(a, b) for a in ours for b in theirs]
    assert abs(np.mean(between) - np.mean(among)) < 0.01


def alike(a: Scores, b: Scores) -> float:
    return float(np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1])


def test_it_runs_without_a_compiler() -> None:
    """The same trees and scores, to the bit, from plain Python, without a warning."""
    code = (
        "import numpy as np;"
        "from standout.detectors.batch.isolation_forest import IsolationForest;"
        "X = np.random.default_rng(0).standard_normal((40, 3)); X[3, 1] = np.nan;"
        "f = IsolationForest(trees=4, rows_a_tree=16).fit(X);"
        "print(f.score_many(X).tobytes().hex(), f.contributions(X).tobytes().hex())"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env={**os.environ, "NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disabled in ("0", "1")
    ]
    assert outputs[0] == outputs[1]
