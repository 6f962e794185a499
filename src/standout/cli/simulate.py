"""`standout simulate`: play a file back, a record at a time."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from standout.cli.options import CONFIG_BASELINE, DATA_DIR, OPTIONAL_FILE, VALUE_COLUMN

if TYPE_CHECKING:
    from standout.readers.table import TimedTable
    from standout.types import Mask

_AT_ONCE = 1_000
_TICK_S = 0.05


@click.command()
@OPTIONAL_FILE
@CONFIG_BASELINE
@DATA_DIR
@VALUE_COLUMN
@click.option(
    "--rate",
    type=click.FloatRange(0.01, 100_000),
    default=1.0,
    help="Records a second.",
)
def simulate(
    *,
    file: Path | None,
    config: Path | None,
    data_dir: Path | None,
    value_column: str | None,
    rate: float,
) -> None:
    """Play the CSV file FILE back, one record a second, and say which stand out.

    Judges by the baseline of the config, and adds each anomaly to data.anomaly_output_path.
    Without FILE it plays data.test_data_path. The server's /simulate/ does the same on a stream
    that can be watched.
    """
    from standout.cli.baseline import baseline_of, config_of, draw, table_of
    from standout.detectors.thresholds import SHIPPED
    from standout.domain.files import BASELINE, output_path
    from standout.service.scoring import detect

    settings = config_of(config, data_dir)
    table = table_of(file, settings, settings.data.test_data_path, value_column)
    params = baseline_of(settings).params()
    output = output_path(settings.data.anomaly_output_path, settings.data_dir)
    found = detect(table.values, table.times_us, detector=BASELINE, params=params)
    flagged = found.score[table.order()] >= SHIPPED
    _play(table, flagged, rate, output)
    click.echo(
        f"records {len(table):,}, anomalies {int(flagged.sum()):,}, added to {output}", err=True
    )
    if sys.stderr.isatty():
        draw(table, flagged.astype(float))


def _play(table: TimedTable, flagged: Mask, rate: float, output: Path) -> None:
    """Tell of records when they are due; a given baseline judges each by itself."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.text import Text

    from standout.domain.files import STREAMED_HEADER
    from standout.readers.append import append_rows
    from standout.service.simulating import streamed_lines

    order = table.order()
    stamps = table.frame[table.time_column].str.strip_chars()[order].to_list()
    values = table.values[order]
    console = Console(stderr=True)
    parts = (BarColumn(), MofNCompleteColumn(), TextColumn("anomalies {task.fields[anomalies]:,}"))
    with Progress(*parts, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=len(table), anomalies=0)
        began_s = time.monotonic()
        played = anomalies = 0
        while played < len(table):
            due = min(int((time.monotonic() - began_s) * rate) + 1, len(table), played + _AT_ONCE)
            if due == played:
                wait_s = played / rate - (time.monotonic() - began_s)
                time.sleep(min(max(wait_s, 0.0005), _TICK_S))
                continue
            rows = slice(played, due)
            lines = streamed_lines(stamps[rows], values[rows], flagged[rows])
            if lines:
                append_rows(output, STREAMED_HEADER, lines)
            for stamp, value, reason in lines:
                told = f"warning: {stamp}  {value:g}  {reason}"
                console.print(Text(told)) if console.is_terminal else click.echo(told, err=True)
            played, anomalies = due, anomalies + len(lines)
            bar.update(task, completed=played, anomalies=anomalies)
