"""`/predict` with a list of values, on the CPU of machines in a cloud: eleven files of NAB.

The figures are those that it reached when this was written; a change that falls short is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from standout.detectors.thresholds import SHIPPED
from standout.evaluation.corpora.folder import read_family
from standout.evaluation.events import EventCounts
from standout.evaluation.figures import SeriesFigures, measure
from standout.evaluation.series import LabelledSeries
from standout.types import Scores
from tests.serving import served

WARMUP = 19


@pytest.fixture(scope="module")
def cpu(data: Path) -> list[LabelledSeries]:
    found = [one for one in read_family(data, "NAB") if "cpu_utilization" in one.name]
    assert len(found) == 11
    return found


@pytest.fixture(scope="module")
def answers(
    cpu: list[LabelledSeries], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[dict[str, Any]]]:
    with served(tmp_path_factory.mktemp("cpu") / "data") as here:
        url = f"http://127.0.0.1:{here.port}/predict"
        bodies = [{"values": one.values.tolist()} for one in cpu]
        yield [httpx2.post(url, json=body, timeout=60).raise_for_status().json() for body in bodies]


@pytest.fixture(scope="module")
def figures(cpu: list[LabelledSeries], answers: list[dict[str, Any]]) -> list[SeriesFigures]:
    return [measure(one, scores(told), SHIPPED) for one, told in zip(cpu, answers, strict=True)]


def scores(told: dict[str, Any]) -> Scores:
    return np.array([np.nan if s is None else s for s in told["anomaly_score"]])


def mean_vus(figures: list[SeriesFigures]) -> float:
    return float(np.nanmean([one.vus_pr for one in figures]))


def test_flags_and_scores_are_aligned(
    cpu: list[LabelledSeries], answers: list[dict[str, Any]]
) -> None:
    for one, told in zip(cpu, answers, strict=True):
        assert told["warmup_points_dropped"] == WARMUP
        assert len(told["anomaly"]) == len(told["anomaly_score"]) == len(one.values)
        assert told["anomaly"][:WARMUP] == told["anomaly_score"][:WARMUP] == [None] * WARMUP
        known = scores(told)[WARMUP:]
        assert ((known > 0) & (known < 1)).all()
        assert told["anomaly"][WARMUP:] == (known >= SHIPPED).astype(int).tolist()


def test_what_people_marked_is_flagged(figures: list[SeriesFigures]) -> None:
    events = EventCounts.total([one.events for one in figures if one.events is not None])
    assert (events.events, events.found) == (17, 16)
    # Of the rows that nobody marked.
    assert events.flagged_rows / events.normal_rows < 0.035
    assert mean_vus(figures) > 0.32


def test_it_ranks_as_scikit_learns_forest_does_and_better_than_without_windows(
    cpu: list[LabelledSeries], figures: list[SeriesFigures]
) -> None:
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 - slow, and only here

    from standout.service.series import rolling_features  # noqa: PLC0415 - as above

    peers: dict[str, list[SeriesFigures]] = {"windows": [], "values": []}
    for one in cpu[:4]:
        inputs = {"windows": rolling_features(one.values), "values": one.values.reshape(-1, 1)}
        for name, X in inputs.items():
            forest = IsolationForest(random_state=0).fit(X)
            score = np.full(len(one.values), np.nan)
            score[-len(X) :] = -forest.score_samples(X)
            peers[name].append(measure(one, score, None))
    own = mean_vus(figures[:4])
    assert own == pytest.approx(mean_vus(peers["windows"]), abs=0.02)
    assert own > mean_vus(peers["values"]) + 0.05
