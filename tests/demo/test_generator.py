from itertools import islice

import numpy as np
import pytest

from standout.demo.generator import generate, generated
from standout.demo.sources import DAY, METRICS, STEP_S, Metric


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_values_are_in_range_labelled_and_in_steps(metric: Metric) -> None:
    series = generated(metric, 1, days=3)
    assert len(series.values) == 3 * DAY
    assert series.labels is not None
    assert (np.diff(series.times_us) == STEP_S * 1_000_000).all()
    assert ((series.values >= 0) & (series.values <= metric.ceiling)).all()
    starts = np.flatnonzero(np.diff(series.labels, prepend=0) == 1)
    assert len(starts) == 12
    assert np.isin(series.labels, (0, 1)).all()


def test_the_seed_repeats_and_differs() -> None:
    one, same, other = (generated(METRICS[0], seed, days=1).values for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    assert (generated(METRICS[1], 1, days=1).values != one).any()


def test_a_later_day_needs_none_before_it() -> None:
    later = list(islice(generate(METRICS[2], 5, first_day=1), DAY))
    assert later == list(islice(generate(METRICS[2], 5), DAY, 2 * DAY))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_labelled_stretches_stand_out(metric: Metric) -> None:
    series = generated(metric, 3, days=14)
    assert series.labels is not None
    by_day = series.values.reshape(14, DAY)
    away = np.abs(by_day - np.median(by_day, axis=0)).ravel()
    usual = np.median(away[series.labels == 0])
    assert np.median(away[series.labels == 1]) > 4 * usual
