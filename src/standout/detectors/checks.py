"""Checks that every online detector passes: the contract, one law a function.

A check takes a function that makes a detector which has learnt nothing, and raises
`AssertionError` where the law does not hold. They ship with the package, so that a detector of
your own can be held to them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from standout.detectors.base import OnlineDetector
from standout.detectors.thresholds import SHIPPED
from standout.types import Batch

Make: TypeAlias = Callable[[], OnlineDetector]

_ROWS = 700
_SPIKE = 600


def series(seed: int = 0, rows: int = _ROWS) -> Batch:
    """Return a noisy wave with a spike at row 600 and some missing values, shape ``(rows, 1)``."""
    random = np.random.default_rng(seed)
    values = np.sin(np.arange(rows) / 9) + 0.2 * random.standard_normal(rows) + 20
    values[_SPIKE % rows] += 15
    values[random.integers(0, rows, rows // 50)] = np.nan
    return values.reshape(-1, 1)


def check_scoring_is_pure(make: Make) -> None:
    """Scoring twice gives the same and changes no later score."""
    X = series()
    scored, other = make(), make()
    scored.score_learn_many(X[:300])
    other.score_learn_many(X[:300])
    first = scored.score_many(X[300:])
    _same(first, scored.score_many(X[300:]))
    assert scored.score_one(X[301]) == other.score_one(X[301])
    _same(scored.score_learn_many(X[300:]), other.score_learn_many(X[300:]))


def check_one_equals_many(make: Make) -> None:
    """One at a time, in pieces and all at once give the same scores."""
    X = series()
    whole = make().score_learn_many(X)
    single, pieces = make(), make()
    one_by_one = []
    for x in X:
        one_by_one.append(single.score_one(x))
        single.learn_one(x)
    _same(whole, np.array(one_by_one))
    _same(whole, np.concatenate([pieces.score_learn_many(part) for part in np.split(X, 7)]))


def check_state_round_trips(make: Make) -> None:
    """Going on from a state gives what going on without a break gives, to the bit."""
    X = series()
    for cut in (0, 5, 31, 250):
        before = make()
        before.score_learn_many(X[:cut])
        after = type(before).from_state(before.get_params(), before.get_state())
        _same(before.score_learn_many(X[cut:]), after.score_learn_many(X[cut:]))


def check_seed_repeats(make: Make) -> None:
    """Two detectors of the same parameters agree to the bit."""
    X = series(1)
    _same(make().score_learn_many(X), make().score_learn_many(X))


def check_params_round_trip(make: Make) -> None:
    """Making a detector from the parameters gives the same scores."""
    X = series(2)
    detector = make()
    _same(detector.score_learn_many(X), type(detector)(**detector.get_params()).score_learn_many(X))


def check_memory_is_bounded(make: Make) -> None:
    """Learning more does not make the state larger."""
    detector = make()
    detector.score_learn_many(series(3))
    before = _size(detector)
    for seed in range(20):
        detector.score_learn_many(series(seed))
    assert _size(detector) == before


def check_causal(make: Make) -> None:
    """What comes after a score does not change it."""
    X = series(4)
    _same(make().score_learn_many(X)[:400], make().score_learn_many(X[:400]))


def check_range_of_scores(make: Make) -> None:
    """Scores lie in [0, 1]; only warm-up and missing values have none."""
    X = series(5)
    detector = make()
    scores = detector.score_learn_many(X)
    seen = np.cumsum(np.isfinite(X[:, 0])) - np.isfinite(X[:, 0])
    none = (seen < detector.warmup) | np.isnan(X[:, 0])
    assert (np.isnan(scores) == none).all()
    assert (scores[~none] >= 0).all()
    assert (scores[~none] <= 1).all()


def check_missing_teaches_nothing(make: Make) -> None:
    """Leaving missing values out changes no score of the others."""
    X = series(6)
    there = np.isfinite(X[:, 0])
    _same(make().score_learn_many(X)[there], make().score_learn_many(X[there]))


def check_flat_is_normal(make: Make) -> None:
    """Never changing is never an anomaly, at whatever level."""
    for level in (0.0, 0.1, -3.3e9, 1e-300):
        scores = make().score_learn_many(np.full((300, 1), level))
        assert not (scores >= SHIPPED).any()


def check_scale_free(make: Make) -> None:
    """Powers of two change no bit of a score; other scales and shifts change no clear verdict."""
    X = series(7)
    scores = make().score_learn_many(X)
    for power in (-30, 3, 40):
        _same(scores, make().score_learn_many(X * 2.0**power))
    moved = make().score_learn_many(X * 3.7 + 1234.5)
    clear = np.abs(scores - SHIPPED) > 1e-6  # noqa: PLR2004 - far above rounding
    assert ((scores >= SHIPPED)[clear] == (moved >= SHIPPED)[clear]).all()


def check_extremes_are_survived(make: Make) -> None:
    """Huge, tiny and infinite values raise nothing, score in [0, 1], and are forgotten."""
    X = series(8)
    wild = X.copy()
    wild[50:62, 0] = [1e308, -1e308, 5e-324, np.inf, -np.inf, np.nan, 0, 1e200, -1e-200, 1, 2, 3]
    detector = make()
    scores = detector.score_learn_many(wild)
    scored = scores[~np.isnan(scores)]
    assert ((scored >= 0) & (scored <= 1)).all()
    calm = make()
    for _ in range(3):
        detector.score_learn_many(X)
        calm.score_learn_many(X)
    after, usual = (d.score_learn_many(series(9)) >= SHIPPED for d in (detector, calm))
    assert abs(after.mean() - usual.mean()) < 0.02  # noqa: PLR2004 - the forest's turns differ


CHECKS: tuple[Callable[[Make], None], ...] = (
    check_scoring_is_pure,
    check_one_equals_many,
    check_state_round_trips,
    check_seed_repeats,
    check_params_round_trip,
    check_memory_is_bounded,
    check_causal,
    check_range_of_scores,
    check_missing_teaches_nothing,
    check_flat_is_normal,
    check_scale_free,
    check_extremes_are_survived,
)


def _same(a: Batch, b: Batch) -> None:
    assert a.tobytes() == b.tobytes(), "scores differ"


def _size(detector: OnlineDetector) -> int:
    return sum(np.asarray(part).nbytes for part in detector.get_state().values())
