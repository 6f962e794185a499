"""The vote's kernels against their slow twin, compiled and not."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.online.vote import VoteDetector
from standout.detectors.online.vote_params import VOTERS, VoteParams
from tests.reference.vote import SlowVote

CLEAR = 1e-6
"""Distance from a threshold beyond which rounding cannot decide a vote."""


def compare(values: list[float], params: VoteParams) -> int:
    """Compare all verdicts on a series; return how many there were."""
    detector = VoteDetector(**params.get_params())
    fast = detector.judge_learn_many(np.array(values, dtype=float).reshape(-1, 1))
    slow = SlowVote(params)
    compared = 0
    for i, x in enumerate(values):
        verdict = slow.judge(x)
        if verdict is None:
            assert np.isnan(fast.score[i])
        else:
            scale = max(abs(v) for v in slow.values[-params.window :]) or 1.0
            assert fast.score[i] == pytest.approx(verdict.score, abs=1e-5)
            for name in ("expected", "lower", "upper"):
                wanted = getattr(verdict, name)
                assert getattr(fast, name)[i] == pytest.approx(wanted, abs=1e-7 * scale), name
            for bit, (vote, strength) in enumerate(
                zip(verdict.votes, verdict.strengths, strict=True)
            ):
                if abs(strength - 1) > CLEAR:
                    assert bool(fast.votes[i] >> bit & 1) == vote, VOTERS[bit]
            compared += 1
        slow.learn(x)
    return compared


def noise(kind: str, n: int, seed: int = 0) -> list[float]:
    random = np.random.default_rng(seed)
    steps = random.standard_normal(n)
    made = {
        "gauss": steps,
        "walk": np.cumsum(steps),
        "ties": random.integers(0, 4, n).astype(float),
        "heavy": random.standard_t(2, n),
        "flat then noise": np.where(np.arange(n) < n // 2, 7.0, 7.0 + steps),
        "shifted": steps + np.where(np.arange(n) < n // 2, 0, 100),
        "spikes": steps + np.where(np.arange(n) % 60 == 59, 40, 0),
    }
    return [float(v) for v in made[kind]]


@pytest.mark.parametrize("window", [10, 29, 30, 31, 100])
@pytest.mark.parametrize(
    "kind", ["gauss", "walk", "ties", "heavy", "flat then noise", "shifted", "spikes"]
)
def test_equals_the_twin(kind: str, window: int) -> None:
    assert compare(noise(kind, 260), VoteParams(window=window, seed=5)) > 200


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.one_of(
            st.integers(-5, 5).map(float),
            st.floats(-1e3, 1e3, allow_subnormal=False).map(lambda v: round(v, 3)),
            st.just(float("nan")),
        ),
        min_size=20,
        max_size=120,
    ),
    window=st.integers(10, 40),
    seed=st.integers(0, 1000),
)
def test_equals_the_twin_on_any_series(values: list[float], window: int, seed: int) -> None:
    compare(values, VoteParams(window=window, seed=seed))


@pytest.mark.parametrize(
    "params",
    [
        VoteParams(window=40, z_limit=2, fence=3, alpha=1, ewma_limit=2, span=2, ma_limit=4),
        VoteParams(window=40, alpha=0.05, span=10, isolation=0.6, seed=2**31 - 1),
    ],
)
def test_parameters_reach_their_voter(params: VoteParams) -> None:
    assert compare(noise("heavy", 200), params) > 100


def test_outside_the_expected_range_is_always_an_anomaly() -> None:
    for kind in ("gauss", "heavy", "walk", "ties", "spikes"):
        values = np.array(noise(kind, 20_000, seed=3))
        verdicts = VoteDetector().judge_learn_many(values.reshape(-1, 1))
        scored = ~np.isnan(verdicts.score)
        outside = scored & ((values < verdicts.lower) | (values > verdicts.upper))
        assert (verdicts.score[outside] >= 0.6).all()
        assert (verdicts.lower[scored] <= verdicts.expected[scored]).all()
        assert (verdicts.expected[scored] <= verdicts.upper[scored]).all()


def test_score_and_votes_agree() -> None:
    for kind in ("gauss", "heavy", "walk", "ties", "spikes"):
        values = np.array(noise(kind, 20_000, seed=4)).reshape(-1, 1)
        verdicts = VoteDetector().judge_learn_many(values)
        count = np.bitwise_count(verdicts.votes)
        scored = ~np.isnan(verdicts.score)
        assert ((verdicts.score >= 0.6) == (count >= 3))[scored].all()


def test_moments_do_not_drift() -> None:
    """After a million values, with outliers that came and went, as if freshly summed."""
    random = np.random.default_rng(0)
    values = 1e6 + random.standard_normal(200_000)
    values[::997] += 1e9 * random.standard_normal(len(values[::997]))
    values[-500:] = 1e6 + random.standard_normal(500)
    long, short = VoteDetector(decider="zscore"), VoteDetector(decider="zscore")
    long.judge_learn_many(values.reshape(-1, 1))
    short.judge_learn_many(values[-300:].reshape(-1, 1))
    probe = np.array([[1e6 + 2.5], [1e6 - 3.5], [1e6]])
    np.testing.assert_allclose(long.score_many(probe), short.score_many(probe), rtol=1e-6)


def test_without_the_compiler_they_do_the_same() -> None:
    """The kernels' Python, run as Python, agrees to the bit: nothing hides in a compiler's wrap."""
    program = (
        "import sys, numpy as np\n"
        "from standout.detectors.online.vote import VoteDetector\n"
        "x = np.random.default_rng(1).standard_t(2, (260, 1)); x[40] = np.nan; x[100:180] = 3\n"
        "v = VoteDetector(window=40, seed=9).judge_learn_many(x)\n"
        "sys.stdout.buffer.write(np.stack([v.score, v.expected, v.lower, v.upper]).tobytes())\n"
        "sys.stdout.buffer.write(v.votes.tobytes())\n"
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
    assert len(outputs[0]) == 260 * 33
    assert outputs[0] == outputs[1]
