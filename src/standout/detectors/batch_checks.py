"""Checks that every batch detector passes: the contract, one law a function.

A check takes a function that makes a detector which has learnt nothing, and raises
`AssertionError` where the law does not hold. They ship with the package, so that a detector of
your own can be held to them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

import numpy as np

from standout.detectors.batch.base import BatchDetector
from standout.detectors.batch.calibration import Calibration
from standout.detectors.ranking import auroc
from standout.types import Batch, Mask

Make: TypeAlias = Callable[[], BatchDetector]

_JSON = (bool, int, float, str, type(None))


def table(seed: int = 0, rows: int = 400, features: int = 4) -> tuple[Batch, Mask]:
    """Return rows of which one in forty is far out, and which these are."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((rows, features)) * 3 + 10
    X[:, 1 % features] += X[:, 0] / 2
    far = np.arange(rows) % 40 == 7  # noqa: PLR2004 - one of forty
    # Scattered: a cluster of anomalies would hide itself from some detectors, as they say.
    X[far] += random.uniform(8, 40, (int(far.sum()), features))
    return X, far


def fitted(make: Make, seed: int = 0) -> BatchDetector:
    """Return a detector that has learnt a table, with its labels."""
    X, y = table(seed)
    return make().fit(X, y)


def check_scoring_is_pure(make: Make) -> None:
    """Scoring twice gives the same, and changes neither the rows nor what was learnt."""
    detector = fitted(make)
    X, _ = table(1)
    kept = X.copy()
    before = {name: np.array(part) for name, part in detector.get_state().items()}
    _same(detector.score_many(X), detector.score_many(X))
    detector.contributions(X)
    _same(X, kept)
    for name, part in detector.get_state().items():
        assert np.array_equal(before[name], np.array(part)), name


def check_one_equals_many(make: Make) -> None:
    """A row scores the same to the bit alone, in a batch, and in whatever order."""
    detector = fitted(make)
    X, _ = table(2, rows=150)
    whole = detector.score_many(X)
    _same(whole, np.concatenate([detector.score_many(x[None]) for x in X]))
    order = np.random.default_rng(0).permutation(len(X))
    _same(whole[order], detector.score_many(X[order]))
    _same(whole, detector.score_many(np.asfortranarray(X)))


def check_contributions_of_one_equal_many(make: Make) -> None:
    """A row's shares are the same alone and in a batch."""
    detector = fitted(make)
    X, _ = table(3, rows=60)
    whole = detector.contributions(X)
    _same(whole, np.concatenate([detector.contributions(x[None]) for x in X]))


def check_contributions_are_shares(make: Make) -> None:
    """Shares are not negative; a row's sum to 1, or are all 0."""
    detector = fitted(make)
    X, far = table(4)
    shares = detector.contributions(X)
    assert shares.shape == X.shape
    assert (shares >= 0).all()
    total = shares.sum(axis=1)
    assert (np.isclose(total, 1) | (total == 0)).all()
    assert (total[far] > 0).all()


def check_contributions_name_the_feature(make: Make) -> None:
    """A row that differs from a usual one in one feature owes most to that feature."""
    X, far = table(5)
    X[far] = X[~far][: far.sum()]
    X[far, 2] += np.linspace(15, 40, far.sum())
    detector = make()
    learnt = X if detector.supervised else X[~far]
    detector.fit(learnt, far if detector.supervised else None)
    odd = np.array([[10.0, 15.0, 50.0, 10.0]])
    assert detector.contributions(odd)[0].argmax() == 2  # noqa: PLR2004 - the third feature


def check_state_round_trips(make: Make) -> None:
    """A detector made from a state scores as the first, to the bit; the state is plain data."""
    detector = fitted(make)
    state = detector.get_state()
    for name, part in state.items():
        plain = part.dtype.kind in "biuf" if isinstance(part, np.ndarray) else type(part) in _JSON
        assert plain, f"{name} is {type(part)}"
    params = json.loads(json.dumps(detector.get_params()))
    again = type(detector).from_state(params, state)
    X, _ = table(6)
    _same(detector.score_many(X), again.score_many(X))
    _same(detector.contributions(X), again.contributions(X))
    learnt, _ = table()
    _same(detector.score_training(learnt), again.score_training(learnt))


def check_seed_repeats(make: Make) -> None:
    """Two detectors of the same parameters that learnt the same agree to the bit."""
    X, _ = table(7)
    _same(fitted(make).score_many(X), fitted(make).score_many(X))


def check_params_round_trip(make: Make) -> None:
    """Making a detector from its parameters gives the same scores."""
    detector = fitted(make)
    X, y = table()
    again = type(detector)(**detector.get_params()).fit(X, y)
    _same(detector.score_many(X), again.score_many(X))


def check_anomalies_score_higher(make: Make) -> None:
    """Rows far out score above the others, in training and when they are new."""
    detector = fitted(make)
    for seed, score in ((0, detector.score_training), (8, detector.score_many)):
        X, far = table(seed)
        assert auroc(far, score(X)) > 0.9  # noqa: PLR2004 - these are easy


def check_threshold_flags_the_contamination(make: Make) -> None:
    """The calibrated score reaches 0.6 for the share of training rows that was asked for."""
    X, y = table(9)
    training = make().fit(X, y).score_training(X)
    for contamination in (0.01, 0.05, 0.2):
        calibration = Calibration.learn(training, contamination)
        flagged = float((calibration(training) >= 0.6).mean())  # noqa: PLR2004 - the threshold
        assert flagged <= contamination + 1 / len(X)


def check_missing_is_taken_for_the_median(make: Make) -> None:
    """A missing value scores as the training median, in a batch and in training rows."""
    detector = fitted(make)
    learnt, y = table()
    X, _ = table(10, rows=30)
    X[::3, 1] = np.nan
    filled = X.copy()
    filled[::3, 1] = np.median(learnt[:, 1])
    _same(detector.score_many(X), detector.score_many(filled))
    holes = learnt.copy()
    holes[::5, 2] = np.nan
    scores = make().fit(holes, y).score_training(holes)
    assert np.isfinite(scores).all()


def check_extremes_are_survived(make: Make) -> None:
    """Infinite, huge, tiny, constant and missing columns raise nothing and score finitely."""
    X, y = table(11)
    wild = np.hstack([X, X])
    wild[3, 0], wild[5, 1] = np.inf, -np.inf
    wild[:, 4], wild[:, 5] = 7.0, np.nan
    wild[:, 6] *= 1e300
    wild[:, 7] *= 1e-300
    detector = make().fit(wild, y)
    wild[9] = [np.inf, -np.inf, np.nan, 1e308, -1e308, 5e-324, 1e308, 1.0]
    for scores in (detector.score_many(wild), detector.score_training(wild)):
        assert np.isfinite(scores).all()
    shares = detector.contributions(wild)
    assert np.isfinite(shares).all()


def check_few_rows_and_features(make: Make) -> None:
    """Few rows, one feature, more features than rows, and equal rows are not an error."""
    for rows, features in ((2, 1), (3, 8), (12, 1), (40, 60)):
        X, _ = table(12, rows, features)
        for learnt in (X, np.ones_like(X)):
            detector = make().fit(learnt, np.arange(rows) == 0)
            assert np.isfinite(detector.score_many(X)).all()
            assert np.isfinite(detector.score_training(learnt)).all()
            assert np.isfinite(detector.contributions(X)).all()


def check_duplicates_are_survived(make: Make) -> None:
    """A table that is one row seven times of ten scores finitely, and flags no more than asked."""
    X, y = table(16)
    X[np.arange(len(X)) % 10 < 7] = X[0]  # noqa: PLR2004 - seven of ten
    training = make().fit(X, y).score_training(X)
    assert np.isfinite(training).all()
    flagged = float((Calibration.learn(training, 0.1)(training) >= 0.6).mean())  # noqa: PLR2004
    assert flagged <= 0.1 + 1 / len(X)


def check_units_are_free(make: Make) -> None:
    """Multiplying features by powers of two changes no score beyond rounding."""
    X, y = table(13)
    unit = 2.0 ** np.array([-20, 3, 0, 12])
    a, b = make().fit(X, y), make().fit(X * unit, y)
    other, _ = table(14)
    assert np.allclose(a.score_many(other), b.score_many(other * unit), rtol=1e-9, atol=1e-12)


def check_threads_agree(make: Make) -> None:
    """Scoring in several threads at once gives the same."""
    detector = fitted(make)
    X, _ = table(15, rows=2_000)
    whole = detector.score_many(X)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(detector.score_many, np.split(X, 8)))
    _same(whole, np.concatenate(parts))


CHECKS: tuple[Callable[[Make], None], ...] = (
    check_scoring_is_pure,
    check_one_equals_many,
    check_contributions_of_one_equal_many,
    check_contributions_are_shares,
    check_contributions_name_the_feature,
    check_state_round_trips,
    check_seed_repeats,
    check_params_round_trip,
    check_anomalies_score_higher,
    check_threshold_flags_the_contamination,
    check_missing_is_taken_for_the_median,
    check_extremes_are_survived,
    check_few_rows_and_features,
    check_duplicates_are_survived,
    check_units_are_free,
    check_threads_agree,
)


def _same(a: Batch, b: Batch) -> None:
    assert a.tobytes() == b.tobytes(), "results differ"
