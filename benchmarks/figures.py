"""What was measured, and how it is printed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Run:
    """What one load cost a server."""

    name: str
    points: int
    cpu_s: float
    wall_s: float
    latencies_ms: list[float]
    target: float | None = None
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])

    @property
    def rate(self) -> float:
        """Points per CPU-second of the server."""
        return self.points / max(self.cpu_s, 0.01)


@dataclass(frozen=True)
class Bound:
    """Something else than speed that was asked for: at most `target`."""

    name: str
    measured: float
    target: float | None
    form: str
    load_average: float = field(default_factory=lambda: os.getloadavg()[0])


@dataclass(frozen=True)
class Beside:
    """A load on Standout, with what the bare server and the bare kernel reach."""

    run: Run
    echo: Run | None
    kernel: float | None


def mark(measured: float, target: float | None, *, most: bool = False) -> str:
    """Tell in words whether a target was reached."""
    if target is None:
        return ""
    return "reached" if (measured <= target if most else measured >= target) else "SHORT"


def beside(rate: float, run: Run) -> str:
    """Tell another's rate, and how many times Standout's it is."""
    return f"{rate:,.0f} ({rate / run.rate:.1f} x)"


def print_speeds(console: Console, rows: Iterable[Beside]) -> None:
    """Print points per CPU-second, one load a line."""
    table = Table(title="Points per server CPU-second, everything stored durably")
    for heading in ("load", "Standout", "wanted", "", "bare server", "bare kernel"):
        table.add_column(heading, overflow="fold")
    for heading in ("p50 ms", "p99 ms", "wall s", "load avg"):
        table.add_column(heading, justify="right")
    for row in rows:
        run = row.run
        p50, p99 = np.percentile(run.latencies_ms, [50, 99])
        table.add_row(
            run.name,
            f"{run.rate:,.0f}",
            "" if run.target is None else f"≥ {run.target:,.0f}",
            mark(run.rate, run.target),
            "" if row.echo is None else beside(row.echo.rate, run),
            "" if row.kernel is None else beside(row.kernel, run),
            f"{p50:.1f}",
            f"{p99:.1f}",
            f"{run.wall_s:.1f}",
            f"{run.load_average:.2f}",
        )
    console.print(table)


def print_bounds(console: Console, rows: Iterable[Bound]) -> None:
    """Print times and memory, one a line."""
    table = Table("many streams, and long ones", "measured", "wanted", "", "load avg")
    for row in rows:
        table.add_row(
            row.name,
            row.form.format(row.measured),
            "" if row.target is None else f"≤ {row.form.format(row.target)}",
            mark(row.measured, row.target, most=True),
            f"{row.load_average:.2f}",
        )
    console.print(table)
