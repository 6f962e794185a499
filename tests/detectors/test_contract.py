"""Every registered detector runs through every check."""

from __future__ import annotations

import pytest

from standout.detectors import registry
from standout.detectors.base import OnlineDetector
from standout.detectors.checks import CHECKS, Make
from standout.detectors.online.vote import VoteDetector
from standout.errors import InvalidParameter, UnknownDetector
from standout.types import Batch, Scores


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("window", [10, 100])
@pytest.mark.parametrize("name", registry.names())
def test_contract(name: str, window: int, check: object) -> None:
    def make() -> OnlineDetector:
        return registry.detector(name, {"window": window})

    assert callable(check)
    check(make)


def test_the_checks_can_fail() -> None:
    """A detector that learns while it scores, or forgets its seed, is found out."""

    class Impure(VoteDetector):
        def score_many(self, X: Batch) -> Scores:
            return self.score_learn_many(X)

        def score_learn_many(self, X: Batch) -> Scores:
            scores = super().score_learn_many(X)
            scores[-1:] = 2.0
            return scores

    def make() -> OnlineDetector:
        return Impure(window=20)

    failed = []
    for check in CHECKS:
        try:
            run: Make = make
            check(run)
        except AssertionError:
            failed.append(check.__name__)
    assert "check_scoring_is_pure" in failed
    assert "check_one_equals_many" in failed
    assert "check_range_of_scores" in failed


def test_unknown_names_and_parameters_say_what_there_is() -> None:
    with pytest.raises(UnknownDetector, match="vote, zscore"):
        registry.detector("magic", {})
    with pytest.raises(UnknownDetector, match="vote, zscore"):
        registry.bank("magic", {})
    with pytest.raises(InvalidParameter, match="window must be 10 to 10,000, got 9"):
        registry.bank("vote", {"window": 9})
    with pytest.raises(InvalidParameter, match=r"no parameter 'colour'. There are: window,"):
        registry.detector("vote", {"colour": 1})


@pytest.mark.parametrize(
    ("name", "params", "told"),
    [
        ("vote", {"window": "100"}, "window must be a whole number, got '100'"),
        ("vote", {"window": 10.5}, "window must be a whole number, got 10.5"),
        ("vote", {"seed": True}, "seed must be a whole number, got True"),
        ("zscore", {"z_limit": None}, "z_limit must be a number, got None"),
        ("novelty", {"level": [1]}, r"level must be a number, got \[1\]"),
        ("baseline", {"mean": "50"}, "mean must be a number or null, got '50'"),
    ],
)
def test_parameters_of_another_kind(name: str, params: dict[str, object], told: str) -> None:
    for make in (registry.detector, registry.bank):
        with pytest.raises(InvalidParameter, match=told):
            make(name, params)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("window", 10_001),
        ("z_limit", 0),
        ("fence", float("inf")),
        ("alpha", 0),
        ("alpha", 1.5),
        ("ewma_limit", float("nan")),
        ("span", 1),
        ("span", 11),
        ("ma_limit", -1),
        ("isolation", 0.5),
        ("isolation", 1),
        ("seed", -1),
        ("seed", 2**31),
        ("decider", "nobody"),
    ],
)
def test_parameters_out_of_range(name: str, value: object) -> None:
    with pytest.raises(InvalidParameter, match=f"{name} must be"):
        registry.detector("vote", {name: value})
