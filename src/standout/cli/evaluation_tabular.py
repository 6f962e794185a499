"""`standout evaluate tabular`: batch detectors on labelled tables, beside what is known."""

from __future__ import annotations

import json as json_text
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from standout.detectors.batch import registry
from standout.evaluation.tabular import TabularFigures, measure_all, read_tables
from standout.evaluation.tabular_published import published

WIDE = 120

_TOLD = {
    "unsupervised": "Unsupervised: all rows are learnt and scored",
    "one-class": "One-class: half of the normal rows are learnt, all others scored",
    "supervised": "Supervised: 70 % of each kind are learnt with their labels, the rest scored",
}


def evaluate_tables(data: Path | None, chosen: Sequence[str], *, json: bool) -> None:
    """Measure, and print tables or JSON.

    Parameters
    ----------
    data
        Folder with ``index.csv``.
    chosen
        Algorithms, all where empty.
    json
        Whether to answer in JSON, with the figures on each table.
    """
    for name in chosen:
        registry.describe(name)  # says what there is where it is unknown
    tables = read_tables(data)
    measured: list[TabularFigures] = []
    watched = Console(stderr=True).is_terminal
    for figures in measure_all(tables, chosen):
        if watched:
            click.echo(f"{figures.setting}: {figures.algorithm}", err=True)
        measured.append(figures)
    if json:
        click.echo(json_text.dumps([_as_json(one) for one in measured], indent=2))
        return
    for setting, group in groupby(measured, key=lambda one: one.setting):
        _show(setting, list(group), data)


def _as_json(figures: TabularFigures) -> dict[str, object]:
    means = {name: figures.mean(name) for name in ("auroc", "average_precision", "cpu_seconds")}
    return {**asdict(figures), "mean": means}


def _show(setting: str, measured: Sequence[TabularFigures], data: Path | None) -> None:
    console = Console() if Console().is_terminal else Console(width=WIDE)
    names = [one.table for one in measured[0].tables]
    click.echo(f"{_TOLD[setting]}; mean over {len(names)} tables\n")
    table = Table(box=box.SIMPLE_HEAD if console.is_terminal else box.MARKDOWN)
    for column in ("method", "whose"):
        table.add_column(column)
    for column in ("AUROC", "average precision", "CPU-s a table"):
        table.add_column(column, justify="right")
    rows = [
        (one.mean("auroc"), one.algorithm, "measured here", one.mean("average_precision"),
         f"{one.mean('cpu_seconds'):.2f}")
        for one in measured
    ]  # fmt: skip
    for known in published(data, setting, names):
        whose = known.source if known.tables == len(names) else f"{known.source}, {known.tables}"
        rows.append((known.auroc, known.method, whose, known.average_precision, "-"))
    for auroc, method, whose, precision, seconds in sorted(rows, key=lambda row: -row[0]):
        table.add_row(method, whose, f"{auroc:.3f}", f"{precision:.3f}", seconds)
    with console.capture() as drawn:
        console.print(table)
    click.echo(f"{drawn.get().strip()}\n")
