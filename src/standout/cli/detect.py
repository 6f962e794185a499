"""`standout detect`: find what stands out in a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from standout.cli.options import FILE, VALUE_COLUMN, WINDOW

if TYPE_CHECKING:
    from standout.readers.table import Table
    from standout.service.scoring import Detection

_WIDEST = 100
_FRAME = 4


@click.command()
@FILE
@click.option("--detector", default="vote", help="Name of the detector.")
@WINDOW
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: standard output]",
)
@VALUE_COLUMN
def detect(
    *, file: Path, detector: str, window: int, output: Path | None, value_column: str | None
) -> None:
    """Find what stands out in the CSV file FILE.

    Writes its rows as they are, with the columns score, anomaly, expected, lower and upper. The
    rows are judged in order of time, and in their own order where there is none.
    """
    from standout.cli.verdicts import with_verdicts
    from standout.readers.csv import read_csv
    from standout.readers.replace import replace_file
    from standout.service import scoring

    table = read_csv(file, value_column=value_column)
    found = scoring.detect(table.values, table.times_us, detector=detector, window=window)
    content = with_verdicts(table.frame, found).write_csv().encode()
    if output is None:
        click.echo(content, nl=False)
    else:
        replace_file(output, content)
    _summarise(table, found)


def _summarise(table: Table, found: Detection) -> None:
    import numpy as np

    anomalies = int((found.anomaly == 1).sum())
    silent = int(np.isnan(found.score).sum())
    told = f"rows {len(table):,}, anomalies {anomalies:,}"
    click.echo(f"{told}, without a score (warm-up, or no value) {silent:,}", err=True)
    if sys.stderr.isatty():
        _draw(table, found)


def _draw(table: Table, found: Detection) -> None:
    from shutil import get_terminal_size

    from standout.cli.sparkline import sparkline

    width = min(_WIDEST, get_terminal_size().columns) - _FRAME
    order = table.order()
    click.echo(f"│{sparkline(found.anomaly[order], width)}│", err=True)
    if table.timestamps:
        first, last = table.timestamps[order[0]], table.timestamps[order[-1]]
        click.echo(f" {first} … {last}", err=True)
