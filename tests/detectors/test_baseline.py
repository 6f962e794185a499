"""The baseline detector: given, and rolling."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.detectors import codec
from standout.detectors.base import OnlineDetector
from standout.detectors.checks import CHECKS, check_scale_free
from standout.detectors.online.baseline import BaselineDetector
from standout.detectors.online.baseline_bank import BaselineBank
from standout.detectors.online.baseline_params import BaselineParams
from standout.detectors.thresholds import SHIPPED
from tests.reference import baseline as reference

VALUE = st.one_of(st.floats(-1e3, 1e3), st.just(math.nan), st.sampled_from([0.0, 1.0, math.inf]))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("window", [10, 60])
def test_the_rolling_one_keeps_the_contract(check: object, window: int) -> None:
    def make() -> OnlineDetector:
        return BaselineDetector(window=window)

    assert callable(check)
    check(make)


@pytest.mark.parametrize(
    "check",
    # It holds its level, so that its scores must follow the unit, and other levels are not normal.
    [c for c in CHECKS if c.__name__ not in {check_scale_free.__name__, "check_flat_is_normal"}],
    ids=lambda check: check.__name__,
)
def test_the_given_one_keeps_the_rest_of_it(check: object) -> None:
    def make() -> OnlineDetector:
        return BaselineDetector(mean=20.0, std=1.5)

    assert callable(check)
    check(make)


@given(st.lists(VALUE, max_size=80), st.integers(10, 50), st.sampled_from([1.0, 2.5, 3.0]))
def test_the_range_is_that_of_the_reference(
    values: list[float], window: int, multiplier: float
) -> None:
    detector = BaselineDetector(window=window, multiplier=multiplier)
    found = detector.judge_learn_many(np.array(values).reshape(-1, 1))
    for i, x in enumerate(values):
        wanted = reference.verdict(values[:i], x, window, multiplier)
        got = (found.expected[i], found.lower[i], found.upper[i])
        if wanted is None:
            assert np.isnan(got).all()
            assert math.isnan(found.score[i])
            continue
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10)
        # A value at the very edge may fall to either side by rounding.
        if min(abs(x - wanted[1]), abs(x - wanted[2])) > 1e-6:
            assert (found.score[i] >= SHIPPED) == (not wanted[1] <= x <= wanted[2])
        assert found.votes[i] == (found.score[i] >= SHIPPED)


def test_a_value_at_the_edge_is_usual_and_the_next_number_is_not() -> None:
    detector = BaselineDetector(mean=50.0, std=5.0, multiplier=3.0)
    edges = np.array([35.0, np.nextafter(35.0, 0), 65.0, np.nextafter(65.0, 99)]).reshape(-1, 1)
    assert (detector.score_many(edges) >= SHIPPED).tolist() == [False, True, False, True]
    assert detector.judge_learn_many(edges).lower.tolist() == [35.0] * 4
    assert detector.warmup == 0


@pytest.mark.parametrize(
    "params",
    [
        {"window": 9},
        {"window": 10_001},
        {"multiplier": 0},
        {"multiplier": math.nan},
        {"mean": 1.0},
        {"std": 1.0},
        {"mean": 1.0, "std": 0.0},
        {"mean": math.inf, "std": 1.0},
        {"mean": 1.0, "std": math.inf},
    ],
)
def test_parameters_out_of_range_are_refused(params: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        BaselineParams(**params)  # type: ignore[arg-type] # what is refused


def test_a_bank_keeps_its_streams_apart() -> None:
    random = np.random.default_rng(0)
    X = random.standard_normal((400, 1))
    slots = random.integers(0, 5, 400)
    bank = BaselineBank(BaselineParams(window=20))
    allotted = np.array([bank.allot() for _ in range(5)])
    together = bank.score_learn(allotted[slots], X)
    for i in range(5):
        alone = BaselineDetector(window=20).judge_learn_many(X[slots == i])
        assert alone.score.tobytes() == together.score[slots == i].tobytes()
        assert bank.learnt(int(allotted[i])) == (slots == i).sum()
    state = bank.dump(int(allotted[2]))
    bank.free(int(allotted[2]))
    again = bank.allot()
    assert (again, bank.learnt(again)) == (allotted[2], 0)
    bank.load(again, state)
    assert bank.dump(again) == state
    with pytest.raises(ValueError, match="words"):
        BaselineBank(BaselineParams(window=21)).load(0, state)
    with pytest.raises(ValueError, match="damaged"):
        bank.load(again, state[:-1] + bytes([state[-1] ^ 1]))
    assert codec.unpack(state, version=1, words=22)[0] == (slots == 2).sum()
