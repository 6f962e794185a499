"""`standout detect`: find what stands out in a file."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from standout.cli.options import DATA_DIR, OPTIONAL_FILE, VALUE_COLUMN

if TYPE_CHECKING:
    from standout.readers.table import Table
    from standout.service.scoring import Detection

_WIDEST = 100
_FRAME = 4


@click.command()
@OPTIONAL_FILE
@click.option(
    "--detector",
    help="Name of the detector.  [default: auto, or vote where a window is given]",
)
@click.option(
    "--window",
    type=click.IntRange(10, 10_000),
    help="Observations that a detector of streams looks back on.  [default: 100]",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="What else the detector takes, as thorough=true; may be given again.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: standard output]",
)
@VALUE_COLUMN
@click.option(
    "--columns",
    metavar="NAME,NAME",
    help="Columns to judge together, as channels of one series.",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Judge by the baseline of this config, and write the anomalies where it says.",
)
@DATA_DIR
def detect(
    *,
    file: Path | None,
    detector: str | None,
    window: int | None,
    params: tuple[str, ...],
    output: Path | None,
    value_column: str | None,
    columns: str | None,
    config: Path | None,
    data_dir: Path | None,
) -> None:
    """Find what stands out in the CSV file FILE.

    Writes its rows as they are, with the columns score, anomaly, expected, lower and upper, and
    for several channels the one that stands out most. The rows are judged in order of time, and
    in their own order where there is none; auto judges each with all others at hand, later ones
    too, and a detector of streams by those before it.

    With --config it does what the server's /detect/ does: it judges FILE, or the file that is
    named there, by the baseline of the config, and writes the anomalies where it says.
    """
    if config is not None:
        from standout.cli.baseline import detect_by_config

        others = {"--detector": detector, "--window": window, "--columns": columns}
        detect_by_config(
            file,
            config,
            data_dir,
            output=output,
            value_column=value_column,
            refused={**others, "--param": params or None},
        )
        return
    if file is None:
        raise click.MissingParameter(param_hint="FILE", param_type="argument")
    names = _channels(columns, value_column)
    asked = {"detector": detector, "window": window, "params": _params(params)}
    table, channels, found = _judge(file, names, value_column, output, asked)
    if found.dropped:
        left = ", ".join(channels[c] for c in found.dropped)
        click.echo(f"left out (only 0 and 1, or never changing): {left}", err=True)
    _summarise(table, found)


def _judge(
    file: Path,
    names: list[str],
    value_column: str | None,
    output: Path | None,
    asked: dict[str, Any],
) -> tuple[Table, list[str], Detection]:
    """Judge a file and write its rows with their verdicts; return them, and what was judged."""
    import numpy as np

    from standout.cli.stages import stages
    from standout.cli.verdicts import with_verdicts
    from standout.readers.csv import read_csv
    from standout.readers.replace import replace_file
    from standout.service import scoring

    columns: list[str | None] = [*names] or [value_column]
    with stages(3) as begin:
        begin(f"reading {file.name}")
        tables = [read_csv(file, value_column=name) for name in columns]
        table = tables[0]
        values = np.column_stack([one.values for one in tables]) if names else table.values
        begin(f"judging {len(table):,} rows")
        found = scoring.detect(values, table.times_us, **asked)
        begin("writing")
        channels = [one.value_column for one in tables]
        frame = with_verdicts(table.frame, found, channels if names else None)
        content = frame.write_csv().encode()
        if output is not None:
            replace_file(output, content)
    if output is None:
        click.echo(content, nl=False)
    return table, channels, found


def _channels(columns: str | None, value_column: str | None) -> list[str]:
    from standout.errors import InvalidParameter

    if columns is None:
        return []
    names = [name.strip() for name in columns.split(",")]
    if value_column is not None:
        raise InvalidParameter("Name either --columns or a --value-column, not both.")
    if "" in names or len(set(names)) < len(names):
        msg = f"--columns must be different names with commas between them, got {columns!r}."
        raise InvalidParameter(msg)
    return names


def _params(told: tuple[str, ...]) -> dict[str, Any]:
    """Return parameters by name; a value is JSON where it can be read as that, else a text."""
    from standout.errors import InvalidParameter

    params = {}
    for one in told:
        name, equals, value = one.partition("=")
        if not (name and equals):
            raise InvalidParameter(f"--param must be NAME=VALUE, got {one!r}.")
        try:
            params[name] = json.loads(value)
        except ValueError:
            params[name] = value
    return params


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
