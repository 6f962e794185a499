"""The kernels of streams and their peers, in one run on one core.

All figures are points per CPU-second: the machine may be shared, and wall time is then another's.
Each is the best of a few rounds, after a warm-up that compiles.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from river.anomaly import HalfSpaceTrees
from sklearn.ensemble import IsolationForest

from standout.detectors.online.novelty_bank import NoveltyBank
from standout.detectors.online.novelty_params import VALUE, NoveltyParams
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import VoteParams

WINDOW = 100
SEED = 0
MOST_BYTES = 5_000
MOST_NOVELTY_BYTES = 256_000


@dataclass(frozen=True)
class Figure:
    """One measured way: `target` points per CPU-second were asked for."""

    name: str
    points_per_cpu_s: float
    target: str = ""
    reached: bool | None = None


def best(work: Callable[[], int], rounds: int = 3) -> float:
    """Return points per CPU-second of the best round; `work` returns its points."""
    rates = []
    for _ in range(rounds):
        begin = time.process_time()
        points = work()
        rates.append(points / (time.process_time() - begin))
    return max(rates)


def array_of_a_million(values: np.ndarray) -> float:
    """One stream, one call."""
    X, slots = values.reshape(-1, 1), np.zeros(len(values), np.int64)

    def work() -> int:
        bank = VoteBank(VoteParams(window=WINDOW))
        bank.allot()
        bank.score_learn(slots, X)
        return len(values)

    return best(work, 5)


def one_call_a_point(values: np.ndarray) -> float:
    """One stream, as many calls as points."""
    bank = VoteBank(VoteParams(window=WINDOW))
    slot = bank.allot()
    some = values[:300_000].tolist()

    def work() -> int:
        for value in some:
            bank.score_learn_one(slot, value)
        return len(some)

    return best(work)


def one_point_of_each(streams: int, *, shuffled: bool) -> float:
    """Many streams, one point of each in a call."""
    random = np.random.default_rng(SEED)
    bank = VoteBank(VoteParams(window=WINDOW), streams)
    slots = np.array([bank.allot() for _ in range(streams)])
    for _ in range(WINDOW + 30):
        bank.score_learn(slots, random.standard_normal((streams, 1)))
    batches = random.standard_normal((30, streams, 1))
    if shuffled:
        slots = random.permutation(slots)

    def work() -> int:
        for batch in batches:
            bank.score_learn(slots, batch)
        return batches.size

    return best(work, 5)


def naive_refit(values: np.ndarray) -> float:
    """scikit-learn's isolation forest, fitted anew on the last 100 points for every point."""
    window = values[:WINDOW].reshape(-1, 1)
    points = 30

    def work() -> int:
        for i in range(points):
            forest = IsolationForest(n_estimators=100, random_state=i).fit(window)
            forest.score_samples(values[WINDOW + i : WINDOW + i + 1].reshape(-1, 1))
        return points

    return best(work, 2)


def river_half_space_trees(values: np.ndarray) -> float:
    """River's half-space trees, 10 of height 8 on a window of 100, score then learn."""
    trees: Any = HalfSpaceTrees(n_trees=10, height=8, window_size=WINDOW, seed=SEED)
    span = float(np.ptp(values))
    scaled = ((values - values.min()) / span)[:40_000].tolist()

    def work() -> int:
        for value in scaled:
            x = {"x": value}
            trees.score_one(x)
            trees.learn_one(x)
        return len(scaled)

    return best(work, 2)


def novelty(values: np.ndarray, decider: str, rows: int) -> float:
    """One stream under novelty, one call."""
    X, slots = values[:rows].reshape(-1, 1), np.zeros(rows, np.int64)

    def work() -> int:
        bank = NoveltyBank(NoveltyParams(decider=decider))
        bank.allot()
        bank.score_learn(slots, X)
        return rows

    return best(work)


def noisy_wave(values: np.ndarray) -> np.ndarray:
    """Return a season with noise, as most streams have it."""
    return np.sin(np.arange(len(values)) / 20) + 0.1 * values


def measure() -> list[Figure]:
    """Measure all, in the order of the table."""
    values = np.random.default_rng(SEED).standard_normal(1_000_000)
    naive = naive_refit(values)
    river = river_half_space_trees(values)
    array = array_of_a_million(values)
    single = one_call_a_point(values)
    ordered = one_point_of_each(10_000, shuffled=False)
    mixed = one_point_of_each(10_000, shuffled=True)
    wave = novelty(noisy_wave(values), "all", 100_000)
    hard = novelty(values, "all", 100_000)
    core = novelty(values, VALUE, 500_000)
    return [
        Figure("scikit-learn IsolationForest(100), refitted for each point", naive),
        Figure("River half-space trees, 10 of height 8", river),
        Figure("Standout, an array of 1,000,000", array, "≥ 3 M", array >= 3e6),
        Figure("Standout, one call a point", single, "≥ 1 M", single >= 1e6),
        Figure("Standout, a point of each of 10,000 streams", ordered, "≥ 2 M", ordered >= 2e6),
        Figure("the same, streams shuffled", mixed),
        Figure("Standout, novelty, a noisy wave", wave, "≥ 100,000", wave >= 1e5),
        Figure("the same, only noise: no search ends early", hard),
        Figure("Standout, novelty of the value alone", core, "≥ 1 M", core >= 1e6),
        Figure("array ÷ scikit-learn", array / naive, "≥ 100,000", array / naive >= 1e5),
        Figure("array ÷ River", array / river, "≥ 20", array / river >= 20),
    ]


def main() -> None:
    """Print the table."""
    console = Console(width=110)
    names = ("numpy", "numba", "scikit-learn", "river")
    told = ", ".join(f"{name} {version(name)}" for name in names)
    console.print(f"Python {platform.python_version()}, {told}")
    console.print(
        f"window {WINDOW}, seed {SEED}, load average {os.getloadavg()[0]:.2f} at the start"
    )
    table = Table("points per CPU-second, one core", "measured", "wanted", "")
    for figure in measure():
        mark = {None: "", True: "reached", False: "SHORT"}[figure.reached]
        table.add_row(figure.name, f"{figure.points_per_cpu_s:,.0f}", figure.target, mark)
    state = VoteBank(VoteParams(window=WINDOW), 1_000).nbytes / 1_000
    table.add_row(
        "bytes a stream", f"{state:,.0f}", "≤ 5,000", "reached" if state <= 5_000 else "SHORT"
    )
    largest = NoveltyBank(NoveltyParams()).state_bytes
    fits = "reached" if largest <= MOST_NOVELTY_BYTES else "SHORT"
    table.add_row("bytes a stream, novelty", f"{largest:,}", f"≤ {MOST_NOVELTY_BYTES:,}", fits)
    console.print(table)
    console.print(f"load average {os.getloadavg()[0]:.2f} at last")


if __name__ == "__main__":
    main()
