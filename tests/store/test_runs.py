"""Runs, in every store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from standout.domain.runs import Finding, Run, TrackedAnomaly
from standout.errors import InvalidRunData, RunNotFound
from standout.kernels.scatter import scatter_of
from standout.store.catalogue import MemoryCatalogue, SqliteCatalogue
from standout.store.runs import SqlRuns
from standout.store.sqlite import SqliteStore


@pytest.fixture(params=["memory", "sqlite"])
def runs(request: pytest.FixtureRequest, path: Path) -> Iterator[SqlRuns]:
    if request.param == "memory":
        yield SqlRuns(MemoryCatalogue())
        return
    store = SqliteStore(path)
    yield SqlRuns(SqliteCatalogue(store))
    store.close()


def a_run(token: str = "7", run_id: str = "a", seed: int = 0, created_us: int = 5) -> Run:
    X = np.random.default_rng(seed).standard_normal((9, 3))
    return Run(
        token=token, id=run_id, sums=scatter_of(X), created_us=created_us, updated_us=created_us
    )


def found(at_us: int) -> TrackedAnomaly:
    finding = Finding(4.5, 1e-5, 4e-5, 4.7, anomaly=True)
    return TrackedAnomaly(at_us=at_us, values=(1.0, 2.0, 1 / 3), finding=finding)


def test_a_run_comes_back_as_it_was(runs: SqlRuns) -> None:
    kept = runs.fit(0, a_run()).result()
    again = runs.find(0, "7", "a")
    assert again is not None
    for run in (kept, again):
        assert (run.token, run.id, run.created_us, run.updated_us) == ("7", "a", 5, 5)
        np.testing.assert_array_equal(run.sums.mean, a_run().sums.mean)
        np.testing.assert_array_equal(run.sums.scatter, a_run().sums.scatter)
    assert runs.find(0, "7", "b") is None
    assert runs.find(0, "8", "a") is None
    assert runs.find(1, "7", "a") is None


def test_a_second_fit_takes_the_place_of_the_first(runs: SqlRuns) -> None:
    first = runs.fit(0, a_run()).result()
    runs.track(first, found(1), keep=10).result()
    second = runs.fit(0, a_run(seed=1, created_us=9)).result()
    assert (second.number, second.created_us, second.updated_us) == (first.number, 5, 9)
    np.testing.assert_array_equal(second.sums.mean, a_run(seed=1).sums.mean)
    assert runs.count(second) == 1


def test_many_updates_at_once_lose_nothing(runs: SqlRuns) -> None:
    runs.fit(0, a_run()).result()
    rows = np.random.default_rng(3).standard_normal((50, 3))
    done = [runs.learn(0, "7", "a", scatter_of(row.reshape(1, -1)), 6) for row in rows]
    for future in done:
        future.result()
    kept = runs.find(0, "7", "a")
    assert kept is not None
    whole = scatter_of(np.vstack([np.random.default_rng(0).standard_normal((9, 3)), rows]))
    assert kept.sums.count == whole.count == 59
    np.testing.assert_allclose(kept.sums.scatter, whole.scatter, atol=1e-12)


def test_what_cannot_be_learnt_changes_nothing(runs: SqlRuns) -> None:
    runs.fit(0, a_run()).result()
    with pytest.raises(InvalidRunData, match="has 3 columns, got 2"):
        runs.learn(0, "7", "a", scatter_of(np.ones((4, 2))), 6).result()
    with pytest.raises(RunNotFound):
        runs.learn(0, "8", "a", scatter_of(np.ones((4, 3))), 6).result()
    kept = runs.find(0, "7", "a")
    assert kept is not None
    assert (kept.sums.count, kept.updated_us) == (9, 5)


def test_the_newest_anomalies_of_each_run_stay(runs: SqlRuns) -> None:
    one, other = (runs.fit(0, a_run(run_id=name)).result() for name in ("a", "b"))
    for at in range(1, 8):
        runs.track(one, found(at), keep=3).result()
        runs.track(other, found(at), keep=100).result()
    assert [a.at_us for a in runs.tracked(one, limit=10, after=0)] == [5, 6, 7]
    assert (runs.count(one), runs.count(other)) == (3, 7)
    page = runs.tracked(other, limit=3, after=0)
    rest = runs.tracked(other, limit=10, after=page[-1].id)
    assert [a.at_us for a in page + rest] == list(range(1, 8))
    assert page[0].finding == found(1).finding
    assert page[0].values == found(1).values


def test_a_deleted_run_is_gone_with_its_anomalies(runs: SqlRuns) -> None:
    one = runs.fit(0, a_run()).result()
    runs.track(one, found(1), keep=3).result()
    assert runs.delete(0, "8", "a").result() is False
    assert runs.delete(0, "7", "a").result() is True
    assert runs.delete(0, "7", "a").result() is False
    again = runs.fit(0, a_run()).result()
    # A verdict that was on its way to the former must not reach the new one.
    assert again.number != one.number
    with pytest.raises(RunNotFound):
        runs.track(one, found(2), keep=3).result()
    assert runs.count(again) == 0
