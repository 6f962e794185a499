"""Every batch detector runs through every check."""

from __future__ import annotations

import numpy as np
import pytest

from standout.detectors.batch import registry
from standout.detectors.batch.base import BatchDetector
from standout.detectors.batch.isolation_forest import IsolationForest
from standout.detectors.batch_checks import CHECKS, Make
from standout.errors import InvalidInput, InvalidParameter, UnknownDetector
from standout.types import Batch, Scores

VARIANTS = [
    *((name, {}) for name in registry.names()),
    ("auto", {"rows_are": "clean"}),
    ("knn", {"distance": "largest", "rows": 100}),
    ("local_outlier_factor", {"rows": 100}),
    ("isolation_forest", {"trees": 30, "rows_a_tree": 1_000}),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=str)
def test_contract(name: str, params: dict[str, object], check: object) -> None:
    def make() -> BatchDetector:
        return registry.make(name, params, seed=3)

    assert callable(check)
    check(make)


def test_the_checks_can_fail() -> None:
    """A detector that depends on its batch, or whose shares are none, is found out."""

    class Wrong(IsolationForest):
        def score_many(self, X: Batch) -> Scores:
            return super().score_many(X) - float(X[0, 0])

        def contributions(self, X: Batch) -> Batch:
            return X

    failed = []
    for check in CHECKS:
        try:
            run: Make = Wrong
            check(run)
        except AssertionError:
            failed.append(check.__name__)
    assert "check_one_equals_many" in failed
    assert "check_contributions_are_shares" in failed
    assert "check_threads_agree" in failed


def test_names_and_parameters_say_what_there_is() -> None:
    with pytest.raises(UnknownDetector, match="isolation_forest, one_class_svm"):
        registry.make("magic", {})
    with pytest.raises(InvalidParameter, match=r"no parameter 'colour'\. There are: trees"):
        registry.make("isolation_forest", {"colour": 1})
    with pytest.raises(InvalidParameter, match="trees must be a whole number of 1 to 2,000, got 0"):
        registry.make("isolation_forest", {"trees": 0})
    with pytest.raises(InvalidParameter, match="trees must be"):
        registry.estimate("isolation_forest", 10, 2, {"trees": True})
    with pytest.raises(InvalidParameter, match="rows_are must be one of mixed, clean, got 'odd'"):
        registry.make("auto", {"rows_are": "odd"})
    with pytest.raises(InvalidParameter, match="seed must be"):
        registry.make("knn", {}, seed=-1)
    with pytest.raises(InvalidParameter, match=r"nu must be a number of 0\.001 to 1\.0, got nan"):
        registry.make("one_class_svm", {"nu": float("nan")})


@pytest.mark.parametrize("name", registry.names())
def test_each_is_described(name: str) -> None:
    told = registry.describe(name)
    assert told.name == name
    assert all([told.title, told.summary, told.good_at, told.bad_at, told.cost])
    assert told.params["type"] == "object"
    for one in told.params["properties"].values():
        assert one.keys() >= {"type", "title", "description", "default"}
        assert "enum" in one or one["minimum"] <= one["default"] <= one["maximum"]
    defaults = {key: one["default"] for key, one in told.params["properties"].items()}
    registry.make(name, defaults)


def test_too_many_features_are_told() -> None:
    with pytest.raises(InvalidInput, match="At most 65,535 features are learnt, got 65,536"):
        registry.make("isolation_forest", {}).fit(np.zeros((2, 65_536)))


def test_large_tables_are_sampled_or_refused_before_they_start() -> None:
    lof = registry.estimate("local_outlier_factor", 100_000, 10, {})
    svm = registry.estimate("one_class_svm", 100_000, 10, {})
    assert lof.rows_used == svm.rows_used == 10_000
    assert lof.refusal is svm.refusal is None
    for told in (lof, svm):
        assert str(told.note).startswith("Of the 100,000 rows 10,000 are learnt, drawn by the seed")
        assert "The square of the " in str(told.note)
    forest = registry.estimate("isolation_forest", 100_000, 10, {})
    assert forest.seconds < lof.seconds
    assert forest.note is None
    refused = registry.estimate("random_forest", 10**9, 5_000, {})
    assert "GB of memory" in str(refused.refusal)


@pytest.mark.parametrize("name", registry.names())
def test_what_cannot_be_learnt_or_scored_is_told(name: str) -> None:
    X = np.random.default_rng(0).normal(size=(30, 3))
    y = np.arange(30) < 3
    with pytest.raises(InvalidInput, match="0 rows and 3 features"):
        registry.make(name, {}).fit(X[:0], y[:0])
    with pytest.raises(InvalidInput, match=r"shape \(n, d\)"):
        registry.make(name, {}).fit(X[:, 0], y)
    detector = registry.make(name, {})
    with pytest.raises(ValueError, match="has not been fitted"):
        detector.score_many(X)
    detector.fit(X, y)
    with pytest.raises(InvalidInput, match="Rows of 3 features were wanted, got 2"):
        detector.score_many(X[:, :2])
    with pytest.raises(ValueError, match="A state of"):
        registry.from_state(name, {}, {**detector.get_state(), "version": 99})
    if registry.describe(name).supervised:
        with pytest.raises(InvalidInput, match="learns from labels"):
            registry.make(name, {}).fit(X)
        with pytest.raises(InvalidInput, match=r"labels are all 0: .* learns from both kinds"):
            registry.make(name, {}).fit(X, y & False)
    with pytest.raises(InvalidInput, match="There are 30 rows and 29 labels"):
        registry.make(name, {}).fit(X, y[1:])


@pytest.mark.parametrize("name", registry.names())
def test_large_batches_are_scored_in_pieces_without_a_seam(name: str) -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 2))
    detector = registry.make(name, {}).fit(X, np.arange(200) < 20)
    rows = random.normal(size=(17_000, 2))
    whole = detector.score_many(rows)
    assert (whole[16_380:16_390] == detector.score_many(rows[16_380:16_390])).all()
    assert (detector.score_many(rows[:0]) == np.empty(0)).all()
    assert detector.contributions(rows[:0]).shape == (0, 2)
