"""Every detector of whole series runs through every check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from standout.detectors.series import registry
from standout.detectors.series.auto import AutoDetector
from standout.detectors.series.base import SeriesDetector, SeriesVerdicts
from standout.detectors.series.checks import CHECKS, Make
from standout.errors import InvalidParameter, UnknownDetector
from standout.types import Batch

VARIANTS: list[tuple[str, dict[str, object]]] = [
    *((name, {}) for name in registry.names()),
    ("auto", {"thorough": True, "seed": 3}),
    ("bank_distance", {"width": 2_000}),
    ("seasonal", {"period": 57}),
    ("autoregression", {"order": 200}),
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize(("name", "params"), VARIANTS, ids=str)
def test_contract(name: str, params: dict[str, object], check: object) -> None:
    def make() -> SeriesDetector:
        return registry.detector(name, params)

    assert callable(check)
    check(make)


@dataclass(frozen=True, kw_only=True)
class _Careless(AutoDetector):
    """Draws anew each time, and has an opinion on what is not there."""

    draws: ClassVar[np.random.Generator] = np.random.default_rng(0)

    def judge(self, X: Batch) -> SeriesVerdicts:
        found = super().judge(np.nan_to_num(X, posinf=0.0))
        return SeriesVerdicts(
            score=found.score + self.draws.random(len(X)) * 2,
            expected=found.expected,
            lower=found.lower,
            upper=found.upper,
            channel=found.channel,
        )


def test_the_checks_can_fail() -> None:
    make: Make = _Careless
    failed = []
    for check in CHECKS:
        try:
            check(make)
        except AssertionError:
            failed.append(check.__name__)
    assert {
        "check_judging_is_pure",
        "check_seed_repeats",
        "check_every_value_has_a_verdict",
        "check_flat_is_normal",
        "check_scale_free",
    } <= set(failed)


@pytest.mark.parametrize("name", registry.names())
def test_what_is_told_of_it_is_what_it_takes(name: str) -> None:
    told = registry.describe(name)
    defaults = {key: one["default"] for key, one in told.params["properties"].items()}
    assert told.name == name
    assert registry.detector(name).get_params() == defaults
    assert registry.version(name) == (2 if name == "auto" else 1)
    assert all((told.title, told.summary, told.good_at, told.bad_at, told.cost))


@pytest.mark.parametrize(
    ("name", "params", "says"),
    [
        ("auto", {"window": 10}, "no parameter 'window'. There are: thorough, drop_indicators"),
        ("auto", {"thorough": 1}, "thorough must be true or false, got 1"),
        ("auto", {"seed": -1}, "seed must be a whole number of 0 to 2,147,483,647, got -1"),
        ("auto", {"seed": True}, "seed must be a whole number"),
        ("bank_distance", {"width": 2_001}, "width must be a whole number of 0 to 2,000"),
        ("autoregression", {"order": 0}, "order must be"),
        ("seasonal", {"period": 2.5}, "period must be"),
    ],
)
def test_parameters_that_do_not_fit_are_told(
    name: str, params: dict[str, object], says: str
) -> None:
    with pytest.raises(InvalidParameter, match=says):
        registry.detector(name, params)


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    for ask in (registry.detector, registry.describe, registry.version):
        with pytest.raises(UnknownDetector, match="There are: auto, bank_distance"):
            ask("oracle")
