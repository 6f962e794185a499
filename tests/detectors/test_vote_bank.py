"""A bank of many streams: each slot is a detector of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.online.vote import VoteDetector
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import VoteParams


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_streams_do_not_touch_each_other(data: st.DataObject) -> None:
    streams = data.draw(st.integers(1, 7))
    rows = data.draw(st.integers(1, 300))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    bank = VoteBank(VoteParams(window=20), data.draw(st.sampled_from([None, 1, 2, 3])))
    slots = np.array([bank.allot() for _ in range(streams)])
    order = random.integers(0, streams, rows)
    X = random.standard_t(2, (rows, 1))
    X[random.random(rows) < 0.05] = np.nan
    scores, votes = [], []
    start = 0
    while start < rows:
        stop = start + data.draw(st.integers(1, 60))
        verdicts = bank.score_learn(slots[order[start:stop]], X[start:stop])
        scores.append(verdicts.score)
        votes.append(verdicts.votes)
        start = stop
    for stream in range(streams):
        mine = order == stream
        alone = VoteDetector(window=20).judge_learn_many(X[mine])
        assert np.concatenate(scores)[mine].tobytes() == alone.score.tobytes()
        assert np.concatenate(votes)[mine].tobytes() == alone.votes.tobytes()


def test_slots_are_used_again_and_begin_anew() -> None:
    bank = VoteBank(VoteParams(window=20))
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


def test_what_a_crowd_took_is_given_back_piece_by_piece() -> None:
    bank = VoteBank(VoteParams(window=20), capacity=100)
    piece = bank.nbytes
    slots = [bank.allot() for _ in range(1_000)]
    for slot in slots:
        bank.learn(slot, np.arange(30.0))
    assert bank.nbytes == 10 * piece
    # Also while a stream of the first piece is still there, which is never given back.
    for slot in slots[1:]:
        bank.free(slot)
    assert (bank.nbytes, bank.learnt(slots[0])) == (piece, 30)
    again = [bank.allot() for _ in range(999)]
    assert sorted([slots[0], *again]) == slots
    assert bank.nbytes == 10 * piece
    assert not any(bank.learnt(slot) for slot in again)


def test_a_bank_that_grows_keeps_what_was_learnt() -> None:
    bank = VoteBank(VoteParams(window=20), capacity=2)
    first = bank.allot()
    bank.learn(first, np.arange(30.0))
    kept = bank.dump(first)
    for _ in range(9):
        bank.learn(bank.allot(), np.arange(40.0))
    assert bank.dump(first) == kept


def test_one_call_a_point_equals_the_batch() -> None:
    values = np.random.default_rng(0).standard_t(2, 400)
    bank = VoteBank(VoteParams())
    single, batch = bank.allot(), bank.allot()
    scores = np.array([bank.score_learn_one(single, float(v)) for v in values])
    verdicts = bank.score_learn(np.full(400, batch), values.reshape(-1, 1))
    assert scores.tobytes() == verdicts.score.tobytes()


def test_a_state_takes_at_most_five_kilobytes() -> None:
    assert VoteBank(VoteParams(window=100), capacity=10).nbytes / 10 <= 5_000


def test_states_go_to_another_bank() -> None:
    values = np.random.default_rng(0).standard_t(2, 400)
    first, second = VoteBank(VoteParams()), VoteBank(VoteParams())
    a, b = first.allot(), second.allot()
    first.learn(a, values)
    second.load(b, first.dump(a))
    probe = np.linspace(-9, 9, 50)
    assert first.score(a, probe).score.tobytes() == second.score(b, probe).score.tobytes()


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
    bank = VoteBank(VoteParams(window=20))
    slot = bank.allot()
    bank.learn(slot, np.arange(50.0))
    state = bank.dump(slot)
    with pytest.raises(ValueError, match=message):
        bank.load(slot, spoil(state))
    assert bank.dump(slot) == state


def test_another_window_is_refused() -> None:
    bank, other = VoteBank(VoteParams(window=20)), VoteBank(VoteParams(window=21))
    with pytest.raises(ValueError, match="words"):
        other.load(other.allot(), bank.dump(bank.allot()))
