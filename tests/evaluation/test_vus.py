import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.series.period import NO_PERIOD, dominant_period
from standout.evaluation.vus import vus_pr
from tests.evaluation.cases import SCORES, runs
from tests.reference import vus as twin


@settings(max_examples=40, deadline=None)
@given(labels=runs(60), width=st.integers(0, 12), made=st.data())
def test_the_volume_is_that_of_its_twin(
    labels: list[bool], width: int, made: st.DataObject
) -> None:
    scores = made.draw(st.lists(SCORES, min_size=len(labels), max_size=len(labels)))
    found = vus_pr(np.array(labels), np.array(scores), width)
    assert found == pytest.approx(twin.vus_pr(labels, scores, width), abs=1e-12, nan_ok=True)


def test_without_anomalies_there_is_no_volume() -> None:
    assert math.isnan(vus_pr(np.zeros(9, np.bool_), np.linspace(0, 1, 9), 4))


def test_where_all_is_anomalous_it_is_whole() -> None:
    assert vus_pr(np.ones(400, np.bool_), np.linspace(0, 1, 400), 10) == pytest.approx(1)


def test_a_near_miss_earns_more_than_a_far_one() -> None:
    labels = np.zeros(1000, np.bool_)
    labels[500:510] = True
    near, far = np.zeros(1000), np.zeros(1000)
    near[512:520] = 1
    far[700:708] = 1
    assert vus_pr(labels, near, 40) > 2 * vus_pr(labels, far, 40)


@settings(deadline=None)
@given(
    st.lists(st.floats(-1e3, 1e3), min_size=30, max_size=30),
    st.integers(4, 90),
    st.integers(100, 600),
)
def test_the_period_is_that_of_its_twin(shape: list[float], period: int, rows: int) -> None:
    random = np.random.default_rng(period)
    values = np.resize(np.resize(shape, period), rows) + random.normal(size=rows)
    values[random.integers(rows)] = np.nan
    assert dominant_period(values) == twin.dominant_period(values.tolist())


@pytest.mark.parametrize("rows", [0, 1, 3, 5])
def test_a_short_series_has_no_period(rows: int) -> None:
    assert dominant_period(np.arange(float(rows))) == NO_PERIOD


def test_a_flat_series_has_no_period() -> None:
    assert dominant_period(np.full(500, 3.0)) == NO_PERIOD


def test_a_sine_has_its_period() -> None:
    assert dominant_period(np.sin(2 * np.pi * np.arange(2000) / 48)) == 48
