"""Many streams under novelty: each slot is a detector of its own, and a state is all of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from standout.detectors import registry
from standout.detectors.online.novelty import NoveltyDetector
from standout.detectors.online.novelty_bank import NoveltyBank
from standout.detectors.online.novelty_params import NoveltyParams
from standout.errors import InvalidParameter

RATED: dict[str, Any] = {"alarms_per_1000": 1.5, "seed": 4}


def series(n: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    values = np.sin(np.arange(n) / 7) + 0.2 * random.standard_t(3, n)
    values[random.random(n) < 0.02] = np.nan
    return values.reshape(-1, 1)


@pytest.mark.parametrize("params", [{}, RATED, {"decider": "value", **RATED}])
def test_streams_do_not_touch_each_other(params: dict[str, Any]) -> None:
    random = np.random.default_rng(1)
    bank = NoveltyBank(NoveltyParams(**params))
    slots = np.array([bank.allot() for _ in range(5)])
    order = random.integers(0, 5, 4_000)
    X = series(4_000)
    told = np.concatenate(
        [
            bank.score_learn(slots[order[i : i + 333]], X[i : i + 333]).score
            for i in range(0, 4000, 333)
        ]
    )
    for stream in range(5):
        mine = order == stream
        alone = NoveltyDetector(**params).score_learn_many(X[mine])
        assert told[mine].tobytes() == alone.tobytes()


@pytest.mark.parametrize("params", [{}, RATED, {"decider": "value", **RATED}])
def test_going_on_elsewhere_changes_no_bit(params: dict[str, Any]) -> None:
    """Cuts before, in and after warm-up, and after the buffers were moved to their front."""
    X = series(3_300, seed=2)
    whole = NoveltyDetector(**params).judge_learn_many(X)
    for cut in (1, 149, 700, 2_700):
        before = NoveltyBank(NoveltyParams(**params))
        slot = before.allot()
        before.learn(slot, X[:cut, 0])
        after = NoveltyBank(NoveltyParams(**params), capacity=3)
        other = after.allot()
        after.load(other, before.dump(slot))
        told = after.score_learn(np.full(len(X) - cut, other), X[cut:])
        for name in ("score", "expected", "lower", "upper", "votes"):
            assert getattr(told, name).tobytes() == getattr(whole, name)[cut:].tobytes(), name


def test_slots_are_used_again_and_begin_anew() -> None:
    bank = NoveltyBank(NoveltyParams(decider="value"))
    values = np.random.default_rng(0).standard_normal(50)
    slot = bank.allot()
    bank.learn(slot, values)
    other = bank.allot()
    bank.learn(other, values)
    assert bank.learnt(slot) == 50
    bank.free(slot)
    assert bank.allot() == slot
    assert bank.learnt(slot) == 0
    assert bank.learnt(other) == 50


def test_a_state_is_small_enough() -> None:
    assert NoveltyBank(NoveltyParams()).state_bytes <= 256_000
    assert NoveltyBank(NoveltyParams(decider="value")).state_bytes <= 20_000
    assert NoveltyBank(NoveltyParams(), capacity=2).nbytes <= 512_000


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda state: state[:-1], "was wanted"),
        (lambda _: b"", "at least"),
        (lambda state: b"x" * len(state), "format"),
        (lambda state: state[:-1] + bytes([state[-1] ^ 1]), "damaged"),
    ],
)
def test_damaged_states_are_refused(spoil: Callable[[bytes], bytes], message: str) -> None:
    bank = NoveltyBank(NoveltyParams())
    slot = bank.allot()
    bank.learn(slot, np.arange(50.0))
    state = bank.dump(slot)
    with pytest.raises(ValueError, match=message):
        bank.load(slot, spoil(state))
    assert bank.dump(slot) == state


def test_a_state_of_the_other_variant_is_refused() -> None:
    whole, core = NoveltyBank(NoveltyParams()), NoveltyBank(NoveltyParams(decider="value"))
    with pytest.raises(ValueError, match="words"):
        whole.load(whole.allot(), core.dump(core.allot()))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"window": 9}, "window must be 10 to 10,000, got 9"),
        ({"window": 10_001}, "window must be"),
        ({"level": 0}, "level must be"),
        ({"level": float("nan")}, "level must be"),
        ({"level": 11}, "level must be"),
        ({"seed": -1}, "seed must be"),
        ({"seed": 2**31}, "seed must be"),
        ({"decider": "nobody"}, "decider must be one of all, value"),
        ({"alarms_per_1000": -1}, "alarms_per_1000 must be 0 to 5"),
        ({"alarms_per_1000": 5.1}, "alarms_per_1000 must be 0 to 5"),
        ({"alarms_per_1000": float("nan")}, "alarms_per_1000 must be 0 to 5"),
        ({"alarms_per_1000": 4}, "window must be at most 50 at this rate, got 100"),
        ({"alarms_per_day": 2}, "rows_per_day must be over 0 with alarms_per_day"),
        ({"alarms_per_day": 2, "rows_per_day": 1440, "alarms_per_1000": 1}, "alarms_per_1000"),
        ({"alarms_per_day": 9, "rows_per_day": 24}, "alarms_per_day must be at most 0.12"),
        ({"rows_per_day": float("inf")}, "rows_per_day must be 0 or more"),
        ({"colour": 1}, "colour"),
    ],
)
def test_parameters_out_of_range(params: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        registry.detector("novelty", params)
    with pytest.raises(InvalidParameter, match=message):
        registry.bank("novelty", params)


def test_a_day_is_so_many_rows() -> None:
    X = series(2_000)
    by_rows = NoveltyDetector(alarms_per_1000=1.25).score_learn_many(X)
    by_day = NoveltyDetector(alarms_per_day=1.8, rows_per_day=1440).score_learn_many(X)
    assert by_rows.tobytes() == by_day.tobytes()


def test_votes_have_as_many_names_as_bits() -> None:
    for name in ("novelty", "novelty_core"):
        told = registry.detector(name, {}).judge_learn_many(series(1_500))
        assert told.votes.max() > 0
        assert int(told.votes.max()) < 2 ** len(registry.voters(name))
