"""Checks that every detector of whole series passes: the contract, one law a function.

A check takes a function that makes a detector, and raises `AssertionError` where the law does not
hold. They ship with the package, so that a detector of your own can be held to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from standout.detectors.series.base import WARMUP, SeriesDetector, SeriesVerdicts
from standout.detectors.thresholds import SHIPPED
from standout.types import Batch, Scores

Make: TypeAlias = Callable[[], SeriesDetector]

_ROWS = 500
_SPIKE = 330


def series(seed: int = 0, rows: int = _ROWS, channels: int = 1) -> Batch:
    """Return noisy waves with a burst at row 330 and some missing values, ``(rows, channels)``."""
    random = np.random.default_rng(seed)
    phase = np.arange(rows)[:, None] / 9 + np.arange(channels)
    X: Batch = np.sin(phase) + 0.2 * random.standard_normal((rows, channels)) + 20
    X[_SPIKE % rows : _SPIKE % rows + 4, 0] += 8
    X[random.integers(0, rows, rows // 50), random.integers(0, channels)] = np.nan
    return X


def check_judging_is_pure(make: Make) -> None:
    """Judging twice gives the same, and changes neither the rows nor the detector."""
    X = series()
    before, detector = X.copy(), make()
    first, params = detector.judge(X), detector.get_params()
    _same_verdicts(first, detector.judge(X))
    _same(first.score, detector.score_many(X))
    _same(before, X)
    assert detector.get_params() == params


def check_seed_repeats(make: Make) -> None:
    """Two detectors of the same parameters agree to the bit."""
    X = series(1)
    detector = make()
    again = type(detector)(**detector.get_params())
    _same_verdicts(detector.judge(X), again.judge(X))


def check_every_value_has_a_verdict(make: Make) -> None:
    """Check for a score in [0, 1] and a finite range wherever there is a value, only there."""
    for channels in (1, 2, 4):
        X = series(2, channels=channels)
        X[100] = np.nan
        X[200] = np.inf
        there = np.isfinite(X).any(axis=1)
        found = make().judge(X)
        assert (np.isnan(found.score) == ~there).all()
        assert ((found.score[there] >= 0) & (found.score[there] <= 1)).all()
        assert ((found.channel == -1) == ~there).all()
        rows = np.flatnonzero(there)
        for limits in (found.lower, found.expected, found.upper):
            assert limits.shape == X.shape
            assert np.isfinite(limits[rows, found.channel[rows]]).all()
        assert (found.lower[there] <= found.upper[there]).all()


def check_short_series(make: Make) -> None:
    """No length is an error; under twelve values there is no opinion."""
    for rows in (0, 1, 2, WARMUP - 1, WARMUP, 40, 63, 64, 65, 100):
        for channels in (1, 3):
            found = make().judge(np.sin(np.arange(rows * channels).reshape(rows, channels)))
            assert found.score.shape == (rows,)
            assert np.isnan(found.score).all() == (rows < WARMUP)


def check_flat_is_normal(make: Make) -> None:
    """Never changing is never an anomaly, at whatever level, and is expected to go on."""
    for level in (0.0, 0.1, -3.3e9, 1e-300, 1e300):
        found = make().judge(np.full((100, 1), level))
        assert (found.score == 0).all()
        np.testing.assert_allclose(found.expected[:, 0], level)


def check_scale_free(make: Make) -> None:
    """Powers of two change no bit of a score; other scales and shifts change no clear verdict."""
    X = series(3)
    scores = make().score_many(X)
    for power in (-900, -30, 3, 40, 900):
        _same(scores, make().score_many(X * 2.0**power))
    moved = make().score_many(X * 3.7 + 1234.5)
    clear = np.abs(scores - SHIPPED) > 1e-3  # noqa: PLR2004 - neighbours may tie
    assert ((scores >= SHIPPED)[clear] == (moved >= SHIPPED)[clear]).all()


def check_extremes_are_survived(make: Make) -> None:
    """Huge, tiny and infinite values raise nothing, and score in [0, 1]."""
    for channels in (1, 3):
        wild = series(4, channels=channels)
        wild[50:60, 0] = [1e308, -1e308, 5e-324, np.inf, -np.inf, np.nan, 0, 1e200, -1e-200, 1]
        scores = make().score_many(wild)
        known = scores[~np.isnan(scores)]
        assert ((known >= 0) & (known <= 1)).all()


def check_the_channel_is_named(make: Make) -> None:
    """Where one channel alone is wrong, it is the one that is named."""
    X = series(5, channels=3)
    X[_SPIKE : _SPIKE + 4, 0] -= 8
    X[200:230, 2] += 8 * np.random.default_rng(6).standard_normal(30)
    found = make().judge(X)
    burst = slice(200, 230)
    assert (found.channel[burst] == 2).mean() > 0.6  # noqa: PLR2004 - most of the burst's rows
    assert np.nanmax(found.score[burst]) > np.nanquantile(found.score, 0.8)


CHECKS: tuple[Callable[[Make], None], ...] = (
    check_judging_is_pure,
    check_seed_repeats,
    check_every_value_has_a_verdict,
    check_short_series,
    check_flat_is_normal,
    check_scale_free,
    check_extremes_are_survived,
    check_the_channel_is_named,
)


def _same(first: Scores | Batch, second: Scores | Batch) -> None:
    assert np.array_equal(first, second, equal_nan=True)


def _same_verdicts(first: SeriesVerdicts, second: SeriesVerdicts) -> None:
    for name in ("score", "expected", "lower", "upper", "channel"):
        _same(getattr(first, name), getattr(second, name))
    assert first.dropped == second.dropped
