"""A series judged by its rolling mean and standard deviation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.thresholds import SHIPPED
from standout.service.series import WARMUP, rolling_features, score_series
from tests.reference import rolling as reference

VALUE = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))


@given(st.lists(VALUE, min_size=20, max_size=60))
def test_the_features_are_those_of_the_reference(values: list[float]) -> None:
    X = rolling_features(np.array(values))
    assert X.shape == (len(values) - WARMUP, 4)
    wanted = [reference.features(values, i) for i in range(WARMUP, len(values))]
    size = max(map(abs, values)) or 1.0
    np.testing.assert_allclose(X, wanted, rtol=1e-9, atol=1e-9 * size)


@settings(max_examples=30)
@given(st.lists(st.one_of(VALUE, st.none()), max_size=70))
def test_scores_are_aligned_and_missing_values_are_passed_over(
    values: list[float | None],
) -> None:
    found = score_series(values)
    known = [v for v in values if v is not None]
    assert len(found.score) == len(values)
    assert found.too_few == (len(known) <= WARMUP)
    assert found.dropped == min(len(known), WARMUP)
    told = ~np.isnan(found.score)
    wanted = np.zeros(len(values), np.bool_)
    wanted[[i for i, v in enumerate(values) if v is not None][WARMUP:]] = True
    assert (told == wanted).all()
    assert ((found.score[told] > 0) & (found.score[told] < 1)).all()
    assert (
        score_series(known).score.tobytes()
        == found.score[[v is not None for v in values]].tobytes()
    )


def test_the_scores_repeat_and_no_unit_matters() -> None:
    values = np.random.default_rng(0).normal(5, 1, 400)
    values[300:310] += 12
    score = score_series(values.tolist()).score
    for scale in (1.0, 2.0**-300, 2.0**300):
        assert score_series((values * scale).tolist()).score.tobytes() == score.tobytes()
    assert np.nanmax(score[300:330]) == np.nanmax(score)
    assert (score[300:310] >= SHIPPED).any()


@pytest.mark.parametrize(
    "values", [[5.0] * 100, [0.0] * 20, [1e308, -1e308] * 30, [5e-324] * 21, [1.0, 2.0] * 50]
)
def test_what_never_leaves_its_range_is_not_flagged_and_nothing_overflows(
    values: list[float],
) -> None:
    score = score_series(values).score
    assert not (score >= SHIPPED).any()
    assert np.isfinite(score[WARMUP:]).all()


def test_noise_is_rarely_flagged() -> None:
    score = score_series(np.random.default_rng(1).standard_normal(5_000).tolist()).score
    assert (score >= SHIPPED).mean() < 0.03
