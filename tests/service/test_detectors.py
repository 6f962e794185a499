"""What is told of detectors is so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from standout.detectors import registry
from standout.errors import InvalidParameter
from standout.schemas.detectors import DetectorInfo
from standout.service.detectors import detectors

ALL = detectors().detectors
STREAM = [one for one in ALL if one.task == "stream"]


def test_every_detector_of_streams_is_told() -> None:
    assert [one.name for one in STREAM] == registry.names()
    assert detectors("stream").detectors == STREAM
    assert {one.task for one in ALL} == {"stream", "series", "table"}


def test_each_task_has_one_default_and_a_detector_for_auto() -> None:
    told = detectors()
    for task in ("stream", "series", "table"):
        mine = [one for one in told.detectors if one.task == task]
        assert sum(one.default for one in mine) == 1
        assert told.auto[task] in {one.name for one in mine}


@pytest.mark.parametrize("one", ALL, ids=lambda one: f"{one.task} {one.name}")
def test_each_says_what_it_is(one: DetectorInfo) -> None:
    for text in (one.title, one.summary, one.good_at, one.bad_at, one.cost):
        assert text
    assert one.params["type"] == "object"
    for told in one.params["properties"].values():
        assert told.get("description"), told


def _ends(told: dict[str, Any]) -> list[tuple[float, bool]]:
    """Return values at the ends of a range and just beyond, and whether they are allowed."""
    step = 1 if told["type"] == "integer" else 1e-6
    ends = []
    if "minimum" in told:
        ends += [(told["minimum"], True), (told["minimum"] - step, False)]
    if "maximum" in told:
        ends += [(told["maximum"], True), (told["maximum"] + step, False)]
    if "exclusiveMinimum" in told:
        ends += [(told["exclusiveMinimum"], False), (told["exclusiveMinimum"] + step, True)]
    if "exclusiveMaximum" in told:
        ends += [(told["exclusiveMaximum"], False), (told["exclusiveMaximum"] - step, True)]
    return ends


@pytest.mark.parametrize("one", STREAM, ids=lambda one: one.name)
def test_the_ranges_are_those_that_are_kept(one: DetectorInfo) -> None:
    # Where one parameter needs another to make sense.
    besides: dict[str, dict[str, float]] = {
        "alarms_per_1000": {"window": 10},
        "alarms_per_day": {"rows_per_day": 1e6},
        "mean": {"std": 1.0},
        "std": {"mean": 0.0},
    }
    for name, told in one.params["properties"].items():
        assert registry.detector(one.name, {}).get_params()[name] == told["default"]
        for value, allowed in _ends(told):
            params = {**besides.get(name, {}), name: value}
            if allowed:
                registry.detector(one.name, params)
            else:
                with pytest.raises(InvalidParameter, match=name):
                    registry.detector(one.name, params)


@pytest.mark.parametrize("one", STREAM, ids=lambda one: one.name)
def test_warm_up_and_voters_are_those_of_the_detector(one: DetectorInfo) -> None:
    values = np.random.default_rng(0).standard_normal((400, 1))
    told = registry.detector(one.name, {}).judge_learn_many(values)
    assert one.warmup is not None
    assert np.flatnonzero(np.isfinite(told.score))[0] == one.warmup
    assert int(told.votes.max()) < 2 ** len(one.voters)
