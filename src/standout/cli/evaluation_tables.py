"""Figures as tables: drawn on a terminal, Markdown elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeAlias

import click
from rich import box
from rich.console import Console
from rich.table import Table

from standout.evaluation.contenders import Contender
from standout.evaluation.events import EventCounts
from standout.evaluation.figures import FamilyFigures
from standout.evaluation.linked import LinkedMeans, linked_means
from standout.evaluation.nab import PROFILES, NabCategory
from standout.evaluation.nab_alarms import HOLD
from standout.evaluation.published import PublishedVus, published_nab, published_vus

WIDE = 160
"""Columns where there is no terminal to tell."""

BEST = 12
"""Published methods that are shown; the answer in JSON has all."""

_NONE = "-"
_Entry: TypeAlias = tuple[str, str, dict[str, float], float]
"""Detector, whose figures they are, scores by profile, and the standard one as shipped."""

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def show(measured: Sequence[FamilyFigures], data: Path | None) -> None:
    """Print a table for each family, and beside it what others published.

    Parameters
    ----------
    measured
        In order of the families.
    data
        Folder that may hold published figures.
    """
    console = Console() if Console().is_terminal else Console(width=WIDE)
    for family, group in groupby(measured, key=lambda figures: figures.family):
        figures = list(group)
        _title(console, figures[0])
        if any(not one.clean for one in figures[0].series):
            _print(console, _ranking(console, figures))
        if any(one.events is not None for one in figures):
            _print(console, _events(console, figures))
        if figures[0].nab is not None:
            _print(console, _nab(console, figures, data))
            _print(console, _alarms(console, figures))
            _print(console, _categories(console, figures))
        if known := published_vus(data, family):
            _print(console, _vus(console, figures, known))
    for linked in linked_means(measured, data):
        _print(console, _linked(console, linked))


def _title(console: Console, figures: FamilyFigures) -> None:
    rows = sum(one.rows for one in figures.series)
    count = len(figures.series)
    plural = "series" if count > 1 else "file"
    mark = "" if console.is_terminal else "### "
    click.echo(f"{mark}{figures.family}: {count} {plural}, {rows:,} rows counted\n")


def _table(console: Console, title: str, columns: Sequence[str]) -> Table:
    if not console.is_terminal:
        click.echo(f"{title}\n")
    drawn = box.SIMPLE_HEAD if console.is_terminal else box.MARKDOWN
    shown = title if console.is_terminal else None
    table = Table(title=shown, title_justify="left", box=drawn)
    table.add_column(columns[0])
    for column in columns[1:]:
        table.add_column(column, justify="right")
    return table


def _print(console: Console, table: Table) -> None:
    with console.capture() as drawn:
        console.print(table)
    text = drawn.get()
    click.echo(f"{text.rstrip() if console.is_terminal else text.strip()}\n")


def _ranking(console: Console, measured: Sequence[FamilyFigures]) -> Table:
    columns = ["detector", "VUS-PR", "average precision", "AUROC"]
    table = _table(console, "Ranking, mean over the series with anomalies", columns)
    for figures in measured:
        names = ("vus_pr", "average_precision", "auroc")
        cells = [_number(figures.mean(name), 3) for name in names]
        table.add_row(figures.contender.name, *cells)
    return table


def _events(console: Console, measured: Sequence[FamilyFigures]) -> Table:
    columns = ["detector", "events found", "precision", "recall", "F1"]
    columns += ["flagged per 1,000 normal rows", "on clean series", "median delay"]
    table = _table(console, "At the shipped threshold", columns)
    for figures in measured:
        counts, clean = figures.events, figures.on_clean
        if counts is None:
            continue
        table.add_row(
            figures.contender.name,
            f"{counts.found} of {counts.events}" if counts.events else _NONE,
            *(_number(value, 3) for value in _precision_recall(counts)),
            _number(counts.flagged_per_1000, 2),
            _number(clean.flagged_per_1000, 2) if clean else _NONE,
            _delay(counts),
        )
    return table


def _precision_recall(counts: EventCounts) -> tuple[float, float, float]:
    if not counts.events:
        return (math.nan, math.nan, math.nan)
    return counts.precision, counts.recall, counts.f1


def _nab(console: Console, measured: Sequence[FamilyFigures], data: Path | None) -> Table:
    profiles = [profile.name for profile in PROFILES]
    columns = ["detector", "whose", *(name.replace("_", " ") for name in profiles)]
    table = _table(console, "NAB's score at its best threshold", [*columns, "standard at 0.6"])
    for name, whose, scores, shipped in sorted(_board(measured, data), key=_standard, reverse=True):
        cells = [_number(scores.get(profile, math.nan), 2) for profile in profiles]
        table.add_row(name, whose, *cells, _number(shipped, 2))
    return table


def _board(measured: Sequence[FamilyFigures], data: Path | None) -> list[_Entry]:
    board: list[_Entry] = [
        (name, "published", scores, math.nan) for name, scores in published_nab(data).items()
    ]
    for figures in measured:
        scores = {name: found.score for name, found in (figures.nab or {}).items()}
        shipped = figures.nab_shipped["standard"].score if figures.nab_shipped else math.nan
        board.append((figures.contender.name, "measured here", scores, shipped))
    return board


def _alarms(console: Console, measured: Sequence[FamilyFigures]) -> Table:
    profiles = [profile.name for profile in PROFILES]
    columns = ["detector", *(name.replace("_", " ") for name in profiles)]
    columns += ["standard, category left out", "standard at 0.6", "false per 1,000 on clean series"]
    title = f"NAB's score of alarms, held down for {HOLD} rows, at its best threshold"
    table = _table(console, title, columns)
    for figures in measured:
        if (told := figures.alarms) is not None:
            cells = [_number(told.best[profile].score, 2) for profile in profiles]
            others = (told.left_out, told.shipped, told.false_per_1000)
            table.add_row(figures.contender.name, *cells, *(_number(one, 2) for one in others))
    return table


def _categories(console: Console, measured: Sequence[FamilyFigures]) -> Table:
    told = {one.contender.name: one.alarms.categories for one in measured if one.alarms}
    names = [one.name for one in next(iter(told.values()))]
    title = "The same by category at 0.6, or at the best threshold: % (windows found/all, false)"
    table = _table(console, title, ["detector", *(name or _NONE for name in names)])
    for contender, categories in told.items():
        table.add_row(contender, *(_category(one) for one in categories))
    return table


def _category(one: NabCategory) -> str:
    return f"{_number(one.share, 0)} ({one.found}/{one.windows}, {one.false_rows})"


def _standard(entry: _Entry) -> float:
    return entry[2]["standard"]


def _vus(console: Console, measured: Sequence[FamilyFigures], known: PublishedVus) -> Table:
    title = f"VUS-PR, mean over the {len(known.series)} series that TSB-AD measured, and its best"
    table = _table(console, title, ["method", "sees", "VUS-PR"])
    among = {_published_name(one.series): one.series for one in measured[0].series}
    names = [among[name] for name in known.series if name in among]
    ours = [(one.contender, one.mean("vus_pr", names)) for one in measured]
    return _beside(table, known.means, ours)


def _linked(console: Console, linked: LinkedMeans) -> Table:
    title = f"VUS-PR, mean over all {linked.series} series of {', '.join(linked.families)}"
    table = _table(console, title, ["method", "sees", "VUS-PR"])
    return _beside(table, linked.published, linked.measured)


def _beside(
    table: Table, published: dict[str, float], measured: Sequence[tuple[Contender, float]]
) -> Table:
    best = list(published.items())[:BEST]
    rows = [(mean, method, "all of it (published)") for method, mean in best]
    for contender, mean in measured:
        sees = "the past" if contender.causal else "all of it"
        rows.append((mean, contender.name, f"{sees} (measured here)"))
    for mean, method, sees in sorted(rows, key=lambda row: -row[0]):
        table.add_row(method, sees, _number(mean, 3))
    return table


def _published_name(series: str) -> str:
    """Return the id of a series in the published tables, where NAB's files have another."""
    if not series.endswith(".csv"):
        return series
    return f"NAB/{series.removesuffix('.csv').replace('/', '-', 1)}"


def _number(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else _NONE


def _delay(counts: EventCounts) -> str:
    if math.isnan(counts.median_delay_rows):
        return _NONE
    rows = counts.median_delay_rows
    told = f"{rows:g} row{'' if rows == 1 else 's'}"
    seconds = counts.median_delay_s
    return told if math.isnan(seconds) else f"{told}, {_duration(seconds)}"


def _duration(seconds: float) -> str:
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.3g} {name}"
    return f"{seconds:.3g} s"
