"""Novelty's kernels against their slow twin, compiled and not, and beyond what the twin covers."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.online.novelty import NoveltyDetector
from standout.detectors.online.novelty_bank import NoveltyBank
from standout.detectors.online.novelty_params import VOTERS, NoveltyParams
from standout.kernels import novelty_layout as layout
from standout.kernels.novelty_rank import count_distance, distance_over, evidence
from standout.types import Values
from tests.reference.novelty import SlowNovelty


def noise(kind: str, n: int, seed: int = 0) -> Values:
    random = np.random.default_rng(seed)
    steps = random.standard_normal(n)
    wave = np.sin(np.arange(n) / 9)
    made = {
        "gauss": steps,
        "walk": np.cumsum(steps),
        "heavy": random.standard_t(2, n),
        "wave": wave + 0.05 * steps,
        "flat then noise": np.where(np.arange(n) < n // 2, 7.0, 7.0 + steps),
        "shifted": wave + np.where(np.arange(n) < n // 2, 0, 100),
        "spikes": wave + 0.1 * steps + np.where(np.arange(n) % 160 == 159, 40, 0),
    }
    values = made[kind]
    values[[n // 3, n // 2]] = np.nan
    return values


def compare(values: Values, params: NoveltyParams) -> int:
    """Compare all scores and votes on a series; return how many there were."""
    fast = NoveltyDetector(**params.get_params()).judge_learn_many(values.reshape(-1, 1))
    slow = SlowNovelty(params)
    compared = 0
    for i, x in enumerate(values.tolist()):
        found = slow.judge_learn(x)
        if found is None:
            assert np.isnan(fast.score[i])
            continue
        score, votes = found
        assert fast.score[i] == pytest.approx(score, abs=1e-9), i
        told = {name for bit, name in enumerate(VOTERS) if fast.votes[i] >> bit & 1}
        assert told == votes
        compared += 1
    return compared


@pytest.mark.parametrize(
    "kind", ["gauss", "walk", "heavy", "wave", "flat then noise", "shifted", "spikes"]
)
def test_equals_the_twin(kind: str) -> None:
    assert compare(noise(kind, 520), NoveltyParams(seed=5)) > 350


def test_long_shapes_equal_the_twin() -> None:
    """From row 950 on there are shapes over 512 rows with a past."""
    assert compare(noise("wave", 1300), NoveltyParams(window=20, level=0.3)) > 1100


@settings(max_examples=25, deadline=None)
@given(
    values=st.lists(
        st.one_of(
            st.integers(-5, 5).map(float),
            st.floats(-1e3, 1e3, allow_subnormal=False).map(lambda v: round(v, 3)),
            st.just(float("nan")),
        ),
        min_size=160,
        max_size=260,
    )
)
def test_the_value_alone_equals_the_twin_on_any_series(values: list[float]) -> None:
    compare(np.array(values), NoveltyParams(decider="value", level=0.6))


def test_merged_values_equal_the_twin() -> None:
    """After 256 different values the sketch merges."""
    compare(np.random.default_rng(1).standard_t(2, 900), NoveltyParams(decider="value"))


def test_neighbours_of_a_long_stream_are_those_of_a_plain_search() -> None:
    """The buffers have been moved to their front many times by then."""
    values = noise("wave", 7_000, seed=3)
    bank = NoveltyBank(NoveltyParams())
    slot = bank.allot()
    bank.learn(slot, values[:-1])
    bank.score(slot, values[-1:])
    known = values[np.isfinite(values)]
    parts = (layout.PAIR, layout.SHAPE_32, layout.SHAPE_64, layout.SHAPE_128, layout.SHAPE_512)
    for kind, part in enumerate(parts):
        rows, points, hop = (int(of[kind]) for of in (layout.AVERAGED, layout.SPANS, layout.HOPS))
        newest = len(known) - 1 - (len(known) - 1) % hop
        ends = newest - hop * np.arange(
            layout.DELAYS[kind], layout.DELAYS[kind] + layout.KEPT[kind]
        )
        ends = ends[ends >= rows * points - 1]

        def window(end: int, rows: int = rows, points: int = points) -> Values:
            cut = known[end - rows * points + 1 : end + 1]
            return np.asarray(cut.reshape(points, rows).mean(axis=1))

        past = np.array([window(int(end)) for end in ends])
        now = window(newest)
        if kind != layout.PAIRS:
            past, now = past - past.mean(axis=1, keepdims=True), now - now.mean()
        nearest = np.sqrt(((past - now) ** 2).mean(axis=1)).min()
        assert bank._bench[layout.DISTANCE + part] == pytest.approx(nearest, rel=1e-9)


def test_ranks_forget_by_halves() -> None:
    random = np.random.default_rng(0)
    row = np.zeros(layout.WORDS)
    counted = np.abs(random.standard_normal(45_000))
    total, weights = 0.0, np.zeros(len(counted))
    for i, d in enumerate(counted.tolist()):
        count_distance(row, layout.VALUE, d)
        weights[i] = 1.0
        total += 1.0
        if total >= layout.MEMORY:
            weights[: i + 1] *= 0.5
            total *= 0.5
    assert row[layout.TOTAL] == total
    for d in (0.01, 0.5, 1.7, 3.1):
        rank = weights[counted >= d].sum()
        # A bin is at most an eighth wide, and all in it count as equal.
        tied = weights[counted >= d / 1.13].sum()
        found = 10 ** (0.5 * np.log10(total + 1) - evidence(row, layout.VALUE, d)) - 1
        assert rank - 1e-3 <= found <= tied + 1e-3
    for rank in (3.0, 50.0, 700.0):
        edge = distance_over(row, layout.VALUE, rank)
        assert weights[counted > edge * 1.13].sum() <= rank
        assert weights[counted >= edge / 1.13].sum() >= rank


def test_a_unit_that_was_an_accident_is_given_up() -> None:
    row = np.zeros(layout.WORDS)
    count_distance(row, layout.VALUE, 1e-300)
    for d in np.random.default_rng(0).random(1_000).tolist():
        count_distance(row, layout.VALUE, d)
    assert evidence(row, layout.VALUE, 0.999) > evidence(row, layout.VALUE, 0.5) + 1


def test_a_monstrous_value_does_not_blind_the_shapes_for_ever() -> None:
    values = noise("wave", 4_000)
    values[20] = 1e200
    values[3_900:3_932] = -values[3_900:3_932][::-1] * 0.3
    scores = NoveltyDetector().score_learn_many(values.reshape(-1, 1))
    assert (scores[3_900:3_960] >= 0.6).any()


@pytest.mark.parametrize("decider", ["all", "value"])
def test_expected_values_are_closer_than_the_last_value(decider: str) -> None:
    values = noise("wave", 6_000)
    told = NoveltyDetector(decider=decider).judge_learn_many(values.reshape(-1, 1))
    there = np.isfinite(told.score) & (np.arange(6_000) > 3_000)
    errors = np.abs(values - told.expected)[there]
    assert (told.lower[there] <= told.expected[there]).all()
    assert (told.expected[there] <= told.upper[there]).all()
    inside = (values >= told.lower) & (values <= told.upper)
    assert 0.97 < inside[there].mean() < 1
    if decider == "all":
        assert errors.mean() < np.nanmean(np.abs(np.diff(values)))


def test_without_the_compiler_they_do_the_same() -> None:
    """The kernels' Python, run as Python, agrees to the bit: nothing hides in a compiler's wrap."""
    program = (
        "import sys, numpy as np\n"
        "from standout.detectors.online.novelty import NoveltyDetector\n"
        "x = np.random.default_rng(1).standard_t(2, (200, 1)); x[40] = np.nan; x[170:180] = 3\n"
        "for rate, decider in ((0.0, 'all'), (1.0, 'value')):\n"
        "    made = NoveltyDetector(seed=9, alarms_per_1000=rate, decider=decider)\n"
        "    v = made.judge_learn_many(x)\n"
        "    told = np.stack([v.score, v.expected, v.lower, v.upper])\n"
        "    sys.stdout.buffer.write(told.tobytes() + v.votes.tobytes())\n"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            env={**os.environ, "NUMBA_DISABLE_JIT": disable},
            capture_output=True,
            check=True,
        ).stdout
        for disable in ("0", "1")
    ]
    assert len(outputs[0]) == 2 * 200 * 33
    assert outputs[0] == outputs[1]
