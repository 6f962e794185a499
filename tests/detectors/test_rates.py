"""A rate that is asked for is the rate that comes, on data in which nothing is wrong."""

from __future__ import annotations

import numpy as np
import pytest

from standout.detectors.online.novelty import NoveltyDetector
from standout.detectors.online.novelty_params import VALUE_LEVEL
from standout.detectors.thresholds import NEW, alarms
from standout.evaluation.corpora.clean import make_clean, make_more_noise
from standout.types import Values

CLEAN = {one.name: one.values for one in make_clean(30_000)}
MORE = {one.name: one.values for one in make_more_noise(30_000)}
COUNTS = ("counts_of_100", "counts_of_3")
"""Few different values: what has a rank of one in a thousand has often been there before."""


def measured(values: Values, rate: float, **params: object) -> float:
    """Return alarms of 1,000 rows."""
    detector = NoveltyDetector(alarms_per_1000=rate, **params)  # type: ignore[arg-type]
    scores = detector.score_learn_many(values.reshape(-1, 1))
    told = alarms(scores, detector.window) == NEW
    return 1000 * int(told.sum()) / int(np.isfinite(scores).sum())


@pytest.mark.parametrize("rate", [1.0, 2.0])
@pytest.mark.parametrize("kind", CLEAN)
def test_noise_of_five_kinds(kind: str, rate: float) -> None:
    assert measured(CLEAN[kind], rate) == pytest.approx(rate, rel=0.2)


@pytest.mark.parametrize("kind", [kind for kind in MORE if kind not in COUNTS])
def test_noise_of_further_kinds(kind: str) -> None:
    assert measured(MORE[kind], 1.0) == pytest.approx(1.0, rel=0.2)


@pytest.mark.parametrize("kind", COUNTS)
def test_counts_have_no_more_alarms_than_were_asked_for(kind: str) -> None:
    assert 0.4 < measured(MORE[kind], 1.0) <= 1.2


@pytest.mark.parametrize("kind", ["gaussian", "student_3", "autoregressive_0.95", "daily_season"])
def test_the_value_alone(kind: str) -> None:
    found = measured(CLEAN[kind], 1.0, decider="value", level=VALUE_LEVEL)
    assert found == pytest.approx(1.0, rel=0.2)


def test_another_hold_down() -> None:
    assert measured(CLEAN["gaussian"], 4.0, window=20) == pytest.approx(4.0, rel=0.2)
    assert measured(CLEAN["gaussian"], 0.4, window=500) == pytest.approx(0.4, rel=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.2, 0.5])
@pytest.mark.parametrize("kind", CLEAN)
def test_rare_alarms_over_a_long_time(kind: str, rate: float) -> None:
    values = {one.name: one.values for one in make_clean(150_000, seed=11)}[kind]
    assert measured(values, rate) == pytest.approx(rate, rel=0.2)


@pytest.mark.parametrize("values", [np.zeros(3_000), np.full(3_000, 7.1), np.arange(3_000.0)])
def test_where_nothing_is_ever_new_there_is_no_alarm(values: Values) -> None:
    assert measured(values, 2.0) == 0


def test_more_alarms_where_more_are_asked_for() -> None:
    rates = [measured(CLEAN["student_3"], rate) for rate in (0.2, 0.5, 1.0, 2.0)]
    assert rates == sorted(rates)
