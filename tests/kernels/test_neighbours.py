"""The kernels behind the batch detectors against their slow twins and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.batch.knn import NearestNeighbours
from standout.detectors.batch.local_outlier_factor import LocalOutlierFactor
from standout.detectors.batch.mcd import ConcentratedCovariance
from standout.detectors.batch.one_class_svm import OneClassSvm
from standout.detectors.batch.random_forest import RandomForest
from standout.features.scaling import Scaler
from standout.kernels import neighbours as kernels
from standout.kernels import score_maps
from standout.kernels.ellipses import squared_norm_parts, squared_norms
from standout.types import Batch
from tests.reference import neighbours as twin


def table(seed: int, n: int, d: int, distinct: int = 0) -> Batch:
    random = np.random.default_rng(seed)
    if distinct:
        return random.integers(0, distinct, (n, d)).astype(float)
    return random.standard_normal((n, d))


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 99),
    m=st.integers(2, 600),
    n=st.integers(1, 40),
    d=st.integers(1, 5),
    k=st.integers(1, 9),
    distinct=st.sampled_from([0, 2, 5]),
    left_out=st.booleans(),
)
def test_nearest_equals_the_twin(
    *, seed: int, m: int, n: int, d: int, k: int, distinct: int, left_out: bool
) -> None:
    rows, X = table(seed, m, d, distinct), table(seed + 1, n, d, distinct)
    k = min(k, m - 1)
    own = np.arange(n) % m if left_out else np.full(n, -1)
    distance, index = np.empty((n, k)), np.empty((n, k), np.int64)
    kernels.nearest(np.ascontiguousarray(rows.T), X, own, distance, index)
    for i, x in enumerate(X):
        expected, places = twin.nearest(rows, x, k, int(own[i]))
        assert np.allclose(distance[i], expected, rtol=1e-12)
        if distinct:  # whole numbers: ties are exact
            assert index[i].tolist() == places


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 99),
    groups=st.integers(1, 6),
    size=st.integers(1, 30),
    d=st.integers(1, 5),
    distinct=st.sampled_from([0, 2]),
)
def test_nearest_of_groups_equals_the_twin(
    seed: int, groups: int, size: int, d: int, distinct: int
) -> None:
    rows, X = table(seed, groups * size, d, distinct), table(seed + 1, 15, d, distinct)
    out, index = np.empty((15, groups)), np.empty((15, groups), np.int64)
    kernels.nearest_of_groups(np.ascontiguousarray(rows.T), size, X, 1e-14, out, index)
    for i, x in enumerate(X):
        assert np.allclose(out[i], twin.nearest_of_groups(rows, size, x, 1e-14), rtol=1e-12)
        for group, place in enumerate(index[i]):
            assert place == -1 or place // size == group


@given(seed=st.integers(0, 99), d=st.integers(1, 6), r=st.integers(1, 6))
@settings(deadline=None, max_examples=40)
def test_norms_after_a_map(seed: int, d: int, r: int) -> None:
    X, W, centre = table(seed, 9, d), table(seed + 1, d, r), table(seed + 2, 1, d)[0]
    out, parts = np.empty(9), np.empty((9, d))
    squared_norms(X, centre, W, out)
    squared_norm_parts(X, centre, W, parts)
    expected = (((X - centre) @ W) ** 2).sum(axis=1)
    assert np.allclose(out, expected)
    assert np.allclose(parts.sum(axis=1), expected)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 99), k=st.integers(1, 9))
def test_the_rising_map_equals_interpolation(seed: int, k: int) -> None:
    random = np.random.default_rng(seed)
    knots, at = np.sort(random.standard_normal(k)), np.sort(random.uniform(0, 0.9, k))
    raw = np.concatenate([random.standard_normal(20) * 2, knots, [np.nan, -np.inf, np.inf]])
    out = np.empty(len(raw))
    score_maps.rise(raw, knots, at, 0.5, np.inf, 1.0, 1.0, out)
    inside = ~np.isnan(raw) & (raw <= knots[-1])
    assert np.allclose(out[inside], np.interp(raw[inside], knots, at))
    beyond = np.isfinite(raw) & (raw > knots[-1])
    away = raw[beyond] - knots[-1]
    assert np.allclose(out[beyond], at[-1] + (1 - at[-1]) * away / (away + 0.5))
    assert np.isnan(out[-3])
    assert out[-1] == 1


def test_no_score_is_on_the_wrong_side_of_the_threshold() -> None:
    raw, knots, at = np.array([0.4, 0.5, 0.6]), np.array([0.0, 1.0]), np.array([0.0, 1.0])
    out = np.empty(3)
    score_maps.rise(raw, knots, at, 1.0, 0.5, 0.6, 0.3, out)
    assert out.tolist() == [0.3, 0.6, 0.6]


def test_shares_of_what_speaks_against_a_row() -> None:
    parts = np.array([[1.0, -5.0, 3.0], [-1.0, 0.0, -2.0], [1e308, 1e308, 0.0]])
    score_maps.share_out(parts)
    assert parts.tolist() == [[0.25, 0.0, 0.75], [0.0, 0.0, 0.0], [0.5, 0.5, 0.0]]


def test_squared_parts_add_up() -> None:
    rows, X = table(0, 30, 4), table(1, 8, 4)
    T, index = np.ascontiguousarray(rows.T), np.array([[1, 5, -1]] * 8)
    parts = np.empty((8, 4))
    kernels.squared_parts(T, X, index, parts)
    expected = (X - rows[1]) ** 2 + (X - rows[5]) ** 2
    assert np.allclose(parts, expected)


@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 99), n=st.integers(8, 40), distinct=st.sampled_from([0, 3]))
def test_lof_equals_the_papers_definitions(seed: int, n: int, distinct: int) -> None:
    X = table(seed, n, 3, distinct)
    lof = LocalOutlierFactor(neighbours=5).fit(X)
    other = table(seed + 1, 5, 3)
    scaler = Scaler.learn(X, "range")
    expected = [twin.local_outlier_factor(scaler(X), x, 5) for x in scaler(other)]
    if distinct == 0:  # with ties the twin may choose other neighbours by rounding
        assert np.allclose(lof.score_many(other), expected, rtol=1e-9)
    assert np.isfinite(lof.score_many(X)).all()


@pytest.fixture(scope="module")
def scaled() -> Batch:
    return Scaler.learn(table(3, 400, 4), "range")(table(3, 400, 4))


def test_lof_equals_scikit_learns(scaled: Batch) -> None:
    from sklearn.neighbors import LocalOutlierFactor as Theirs  # noqa: PLC0415 - a second

    ours = LocalOutlierFactor().fit(scaled)
    theirs = Theirs(n_neighbors=20, novelty=True).fit(scaled)
    other = table(4, 100, 4)
    assert np.allclose(ours.score_many(other), -theirs.score_samples(other), rtol=1e-9)
    assert np.allclose(ours.score_training(scaled), -theirs.negative_outlier_factor_, rtol=1e-9)


def test_knn_equals_scikit_learns(scaled: Batch) -> None:
    from sklearn.neighbors import NearestNeighbors as Theirs  # noqa: PLC0415 - a second

    other = table(4, 100, 4)
    expected, _ = Theirs(n_neighbors=7).fit(scaled).kneighbors(other)
    for distance, of in (("mean", expected.mean(axis=1)), ("largest", expected[:, -1])):
        knn = NearestNeighbours(neighbours=7, distance=distance, scaling="range").fit(scaled)
        assert np.allclose(knn.score_many(other), of)


def test_one_class_svm_equals_scikit_learns() -> None:
    from sklearn.svm import OneClassSVM as Theirs  # noqa: PLC0415 - a second

    X, other = table(5, 300, 3), table(6, 60, 3)
    scaler = Scaler.learn(X, "standard")
    theirs = Theirs(gamma=1 / 3, nu=0.2).fit(scaler(X))
    ours = OneClassSvm(nu=0.2).fit(X).score_many(other)
    expected = -theirs.decision_function(scaler(other)) / theirs.dual_coef_.sum()
    assert np.allclose(ours, expected, atol=1e-12)


def test_random_forest_equals_scikit_learns() -> None:
    from sklearn.ensemble import RandomForestClassifier as Theirs  # noqa: PLC0415 - a second

    X = table(7, 500, 4)
    y = X[:, 0] * X[:, 1] > 1
    other = table(8, 200, 4)
    theirs = Theirs(n_estimators=30, random_state=2).fit(X.astype(np.float32), y)
    ours = RandomForest(trees=30, seed=2).fit(X, y)
    expected = theirs.predict_proba(other)[:, 1]
    assert np.allclose(ours.score_many(other), expected, atol=1e-12)
    # What the features add, with what the roots say, is the score.
    raised = ours._parts(other).sum(axis=1)
    assert np.ptp(expected - raised) < 1e-9


def test_mcd_sees_a_rare_combination_that_no_feature_shows() -> None:
    x = table(9, 400, 1)
    X = np.hstack([x, x + 0.1 * table(10, 400, 1)])
    X[:20] = 6 + table(11, 20, 2)  # one in twenty is a cluster far out
    mcd = ConcentratedCovariance().fit(X)
    odd = np.array([[1.5, -1.5], [1.5, 1.5]])
    scores = mcd.score_many(odd)
    assert scores[0] > 50 * scores[1]
    assert scores[0] > np.quantile(mcd.score_training(X), 0.9)


def test_mcd_looks_at_the_leading_axes_of_a_wide_table() -> None:
    X = table(12, 300, 3) @ table(13, 3, 150) + 0.01 * table(14, 300, 150)
    mcd = ConcentratedCovariance().fit(X)
    assert mcd._map.shape == (150, 100)
    away = X[:1] + 3 * table(15, 1, 150)
    assert mcd.score_many(away)[0] > 10 * mcd.score_training(X).max()
