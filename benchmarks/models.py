"""Models beside scikit-learn, in one run on one core, as ratios of CPU time.

The machine may be shared, so that no time is told by itself: each figure stands beside its peer's
in the same run. Each is the best of a few rounds, after a warm-up that compiles.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import numpy as np
from rich.console import Console
from rich.table import Table
from sklearn.ensemble import IsolationForest as Theirs
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import OneClassSVM
from tests.reference.isolation_trees import from_scikit_learn

from standout.detectors.batch import registry
from standout.detectors.batch.isolation_forest import IsolationForest
from standout.detectors.batch.isolation_trees import IsolationTrees
from standout.detectors.batch.model import fit_model
from standout.types import Batch, Scores

SEED = 0
FITTED_ROWS = 100_000
SCORED_ROWS = 1_000_000
FEATURES = 10
SMALLER = 3_000


@dataclass(frozen=True)
class Figure:
    """One comparison: seconds of ours and of the peer."""

    name: str
    ours_s: float
    peer_s: float
    wanted: float | None = None

    @property
    def ratio(self) -> float:
        """How many times faster ours is."""
        return self.peer_s / self.ours_s


def best(work: Callable[[], object], rounds: int = 3, times: int = 1) -> float:
    """Return CPU-seconds of one call in the best round of so many calls."""
    work()
    spent = []
    for _ in range(rounds):
        begin = time.process_time()
        for _ in range(times):
            work()
        spent.append((time.process_time() - begin) / times)
    return min(spent)


def isolation_forests() -> list[Figure]:
    """Fit, score a million rows, score one row: ours and scikit-learn's, 100 trees each."""
    random = np.random.default_rng(SEED)
    X = random.standard_normal((FITTED_ROWS, FEATURES))
    many = random.standard_normal((SCORED_ROWS, FEATURES))
    one = many[:1].copy()
    ours, theirs = IsolationForest(), Theirs(n_estimators=100, random_state=SEED)
    return [
        Figure(
            f"isolation forest, fit {FITTED_ROWS:,} x {FEATURES}",
            best(lambda: ours.fit(X), 5, 5),
            best(lambda: theirs.fit(X)),
            40,
        ),
        Figure(
            f"isolation forest, score {SCORED_ROWS:,} x {FEATURES}",
            best(lambda: ours.score_many(many)),
            best(lambda: theirs.score_samples(many), 2),
            2.5,
        ),
        Figure(
            "isolation forest, score one row",
            best(lambda: ours.score_many(one), 5, 2_000),
            best(lambda: theirs.score_samples(one), 3, 20),
            500,
        ),
    ]


def others() -> list[Figure]:
    """One row and a fit of the other algorithms of which scikit-learn has one."""
    random = np.random.default_rng(SEED)
    X = random.standard_normal((SMALLER, FEATURES))
    y = X[:, 0] + X[:, 1] > 2.5
    one = X[:1].copy()
    peers = {
        "random_forest": RandomForestClassifier(random_state=SEED).fit(X, y).predict_proba,
        "logistic_regression": LogisticRegression().fit(X, y).predict_proba,
        "local_outlier_factor": LocalOutlierFactor(novelty=True).fit(X).score_samples,
        "one_class_svm": OneClassSVM(gamma=1 / FEATURES).fit(X).score_samples,
    }
    figures = []
    for name, theirs in peers.items():
        ours = registry.make(name, {}, SEED).fit(X, y)
        figures.append(
            Figure(
                f"{name}, score one row ({SMALLER:,} learnt)",
                best(partial(ours.score_many, one), 3, 200),
                best(partial(theirs, one), 3, 20),
            )
        )
    many = random.standard_normal((10_000, FEATURES))
    figures.append(
        Figure(
            "local_outlier_factor, fit 10,000 x 10",
            best(lambda: registry.make("local_outlier_factor", {}).fit(many), 2),
            best(lambda: LocalOutlierFactor(novelty=True, algorithm="brute").fit(many), 2),
        )
    )
    return figures


def rank_correlations(seeds: int = 4) -> tuple[float, float]:
    """Return the mean rank correlation among scikit-learn's forests, and of ours with them."""
    random = np.random.default_rng(SEED)
    X = random.standard_normal((20_000, FEATURES))
    X[:400] *= 3
    theirs = [-Theirs(random_state=seed).fit(X).score_samples(X) for seed in range(seeds)]
    ours = [IsolationForest(seed=seed).fit(X).score_many(X) for seed in range(seeds)]
    among = [_alike(a, b) for i, a in enumerate(theirs) for b in theirs[:i]]
    return float(np.mean(among)), float(np.mean([_alike(a, b) for a in ours for b in theirs]))


def furthest_on_its_own_trees() -> float:
    """Return how far our scores on scikit-learn's own trees are from its scores, at most."""
    X = np.random.default_rng(SEED).standard_normal((20_000, FEATURES)).astype(np.float32)
    theirs = Theirs(random_state=SEED).fit(X)
    trees: IsolationTrees = from_scikit_learn(theirs)
    forest = IsolationForest().fit(X.astype(np.float64))
    forest._grown = trees  # noqa: SLF001 - the trees are what is compared
    return float(np.abs(forest.score_many(X.astype(np.float64)) + theirs.score_samples(X)).max())


def one_prediction() -> tuple[float, float]:
    """Return microseconds for one row through a model: features, score, and why."""
    columns = {name: np.random.default_rng(SEED).normal(size=5_000) for name in ("a", "b", "c")}
    model = fit_model(columns, target="a")
    row = {name: column[:1] for name, column in columns.items()}
    features = model.score(row).features
    scored = best(lambda: model.score(row), 3, 2_000)
    return scored * 1e6, best(lambda: model.explain(features), 3, 2_000) * 1e6


def memory_of_many_rows(rows: int) -> float:
    """Return by how many MB scoring so many rows, in pieces of a million, raises the peak."""
    code = (
        "import numpy as np; from pathlib import Path;"
        # Not ru_maxrss, in which the peak of the parent counts, too.
        "peak = lambda: int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]);"
        "from standout.detectors.batch.isolation_forest import IsolationForest;"
        "X = np.random.default_rng(0).standard_normal((1_000_000, 10));"
        "f = IsolationForest().fit(X[:100_000]); f.score_many(X[:1000]);"
        "before = peak();"
        f"[f.score_many(X) for _ in range({rows} // len(X))];"
        "print((peak() - before) / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _alike(a: Scores, b: Scores) -> float:
    return float(np.corrcoef(_ranks(a), _ranks(b))[0, 1])


def _ranks(scores: Scores) -> Batch:
    """Return ranks, tied scores at the mean of theirs, as Spearman's correlation wants them."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    ranks: Batch = (last - (count - 1) / 2)[place]
    return ranks


def main() -> None:
    """Print the tables."""
    console = Console(width=110)
    told = ", ".join(f"{name} {version(name)}" for name in ("numpy", "numba", "scikit-learn"))
    console.print(f"Python {platform.python_version()}, {told}; seed {SEED}")
    console.print(f"load average {os.getloadavg()[0]:.2f} at the start")
    table = Table("CPU time of one core", "scikit-learn", "Standout", "times", "wanted", "")
    for figure in [*isolation_forests(), *others()]:
        wanted = "" if figure.wanted is None else f"≥ {figure.wanted:g}"
        reached = figure.wanted is None or figure.ratio >= figure.wanted
        mark = "" if figure.wanted is None else "reached" if reached else "SHORT"
        table.add_row(
            figure.name,
            _told(figure.peer_s),
            _told(figure.ours_s),
            f"{figure.ratio:,.1f}",
            wanted,
            mark,
        )
    console.print(table)
    among, between = rank_correlations()
    console.print(
        f"rank correlation: scikit-learn's forests among each other {among:.4f}, "
        f"ours with theirs {between:.4f} (wanted: within .01)"
    )
    console.print(
        f"on scikit-learn's own trees our scores differ by at most "
        f"{furthest_on_its_own_trees():.1e} (wanted: 1e-6)"
    )
    scored, explained = one_prediction()
    console.print(f"one row through a model: {scored:.0f} µs, why: {explained:.0f} µs more")
    console.print(
        f"scoring 10,000,000 rows in pieces raises the peak of memory by "
        f"{memory_of_many_rows(10_000_000):.0f} MB"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(f"peak of this process {peak:,.0f} MB")


def _told(seconds: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if seconds * scale >= 1:
            return f"{seconds * scale:,.2f} {unit}"
    return f"{seconds * 1e6:,.1f} µs"


if __name__ == "__main__":
    main()
