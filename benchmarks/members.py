"""What each member of `auto` for a series is worth, and whether another choice would be better.

Run by ``STANDOUT_DATA=… python -m benchmarks.members``: some minutes. Every member scores every
labelled series once; all choices are made from these scores. A choice that is best on the other
families is then held against `auto` on the family that was left out: what a choice gains on data
that chose it says nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from rich.console import Console
from rich.table import Table

from standout.detectors.series.limits import standard_score
from standout.detectors.series.members import members
from standout.detectors.series.period import dominant_period
from standout.detectors.series.preparation import standardise
from standout.evaluation.corpora.folder import read_family
from standout.evaluation.vus import vus_pr
from standout.types import Batch, Scores

FAMILIES = ("MSL", "SMAP", "NAB", "AIOPS", "SVDB", "MGAB")
MOST_ROWS = 20_000
"""Of a series: its last ones, where it is longer."""

ONLY_THOROUGH = ("random_kernels_64", "shape_distance_p")
WIDEST = ("bank_distance_256", "reconstruction_256")
ADDED = (*WIDEST, "reconstruction_128")
"""Members that `auto` has beside the nine that it began with."""

LISTS = (
    "the nine of the beginning",
    "auto without both of width 256",
    "auto",
    "auto, thorough",
)


Choose: TypeAlias = Callable[[tuple[str, ...]], list[int]]
Mix: TypeAlias = Callable[[Batch], Scores]


@dataclass(frozen=True)
class Scored:
    """Standard scores of all members on one series."""

    labels: np.ndarray[tuple[int], np.dtype[np.bool_]]
    width: int
    names: tuple[str, ...]
    scores: Batch

    def vus(self, choose: Choose, mix: Mix) -> float:
        """Return the VUS-PR of some members put together."""
        return vus_pr(self.labels, _positive(mix(self.scores[choose(self.names)])), self.width)


def main() -> None:
    """Print two tables: choices by family, and the choices of the others."""
    scored = {family: list(_scored(family)) for family in FAMILIES}
    names = next(iter(scored.values()))[0].names
    found: dict[str, list[float]] = {}
    for title, (choose, mix) in _choices(names).items():
        found[title] = [
            float(np.mean([one.vus(choose, mix) for one in scored[family]])) for family in FAMILIES
        ]
    console = Console(width=150)
    table = Table("choice", *FAMILIES, "mean")
    for title, values in sorted(found.items(), key=lambda entry: -np.mean(entry[1])):
        table.add_row(title, *(f"{value:.3f}" for value in values), f"{np.mean(values):.3f}")
    console.print(table)
    console.print("Choosing among all of these:")
    _left_out(console, found)
    console.print("Choosing among the lists of members that were ever considered:")
    _left_out(console, {title: found[title] for title in LISTS})


def _left_out(console: Console, found: dict[str, list[float]]) -> None:
    table = Table("family left out", "best on the others", "gets there", "auto gets")
    gets = []
    for place, family in enumerate(FAMILIES):
        others = {title: np.mean(np.delete(values, place)) for title, values in found.items()}
        best = max(others, key=lambda title: others[title])
        gets.append(found[best][place])
        table.add_row(family, best, f"{gets[-1]:.3f}", f"{found['auto'][place]:.3f}")
    table.add_row("mean", "", f"{np.mean(gets):.3f}", f"{np.mean(found['auto']):.3f}")
    console.print(table)


def _scored(family: str) -> Iterator[Scored]:
    for series in read_family(Path(os.environ["STANDOUT_DATA"]), family):
        first = max(series.counted_from, len(series) - MOST_ROWS)
        labels = series.labels[first:]
        if not labels.any():
            continue
        values = series.values[first:].copy()
        print(family, series.name, file=sys.stderr)
        x = standardise(values).x
        names, scores = [], []
        for member in members(x, thorough=True, seed=0):
            names.append(member.name)
            scores.append(standard_score(member.score).astype(np.float32))
        yield Scored(labels, dominant_period(values), tuple(names), np.array(scores))


def _choices(names: tuple[str, ...]) -> dict[str, tuple[Choose, Mix]]:
    auto = tuple(name for name in names if name not in ONLY_THOROUGH)
    nine = tuple(name for name in auto if name not in ADDED)
    choices: dict[str, tuple[Choose, Mix]] = {
        "auto": (_these(auto), _mean),
        "auto, thorough": (_these(names), _mean),
        "the nine of the beginning": (_these(nine), _mean),
        "auto without both of width 256": (_these(_without(auto, *WIDEST)), _mean),
        "auto, median of the members": (_these(auto), lambda rows: np.median(rows, axis=0)),
        "auto, highest of the members": (_these(auto), lambda rows: rows.max(axis=0)),
        "auto, mean of the members' ranks": (_these(auto), _mean_of_ranks),
        "auto, members cut off at 5": (_these(auto), lambda rows: np.minimum(rows, 5).mean(axis=0)),
    }
    for name in auto:
        choices[f"auto without {name}"] = (_these(_without(auto, name)), _mean)
    for name in names:
        choices[f"{name} alone"] = (_these((name,)), _mean)
    return choices


def _these(chosen: tuple[str, ...]) -> Choose:
    return lambda names: [names.index(name) for name in chosen]


def _without(names: tuple[str, ...], *left: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in left)


def _mean(rows: Batch) -> Scores:
    return np.asarray(rows.mean(axis=0))


def _mean_of_ranks(rows: Batch) -> Scores:
    return np.asarray(np.argsort(np.argsort(rows, axis=1), axis=1).mean(axis=0))


def _positive(scores: Scores) -> Scores:
    return scores.astype(np.float64) - float(scores.min())


if __name__ == "__main__":
    main()
