"""`standout train`: take the baseline from a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from standout.cli.options import CONFIG_BASELINE, DATA_DIR, OPTIONAL_FILE, VALUE_COLUMN

if TYPE_CHECKING:
    from standout.readers.table import TimedTable
    from standout.service.baseline import Baseline


@click.command()
@OPTIONAL_FILE
@CONFIG_BASELINE
@DATA_DIR
@VALUE_COLUMN
@click.option(
    "--rolling",
    type=click.IntRange(min=2),
    metavar="ROWS",
    help="Take the newest so many values only.  [default: data.rolling_window_size, or all]",
)
def train(
    *,
    file: Path | None,
    config: Path | None,
    data_dir: Path | None,
    value_column: str | None,
    rolling: int | None,
) -> None:
    """Take mean and standard deviation of the CSV file FILE as what is normal.

    Without FILE it takes data.train_data_path of the config, else data.test_data_path. Writes
    model.normal_mean and model.normal_std into the config, and leaves the rest of it as it is.
    A server reads them when it starts.
    """
    from standout.cli.baseline import config_of, table_of
    from standout.cli.stages import stages
    from standout.service.baseline import keep_baseline, train_baseline
    from standout.settings import DEFAULT_CONFIG

    with stages(3) as begin:
        begin("reading")
        settings = config_of(config, data_dir)
        data = settings.data
        table = table_of(file, settings, data.train_data_path or data.test_data_path, value_column)
        begin(f"taking the baseline of {len(table):,} rows")
        baseline = train_baseline(
            table.values[table.order()],
            multiplier=settings.model.threshold_multiplier,
            window=rolling or data.rolling_window_size,
        )
        begin("writing")
        place = config or DEFAULT_CONFIG
        keep_baseline(place, baseline)
    lower, upper = baseline.bounds()
    click.echo(
        f"normal_mean {baseline.mean:.6g}, normal_std {baseline.std:.6g}, written to {place}"
    )
    click.echo(
        f"normal from {lower:.6g} to {upper:.6g}; a running server reads it at its next start"
    )
    if sys.stderr.isatty():
        _draw(table, baseline)


def _draw(table: TimedTable, baseline: Baseline) -> None:
    """Draw where the values of the file lie outside."""
    import numpy as np

    from standout.cli.baseline import draw

    lower, upper = baseline.bounds()
    values = table.values[table.order()]
    draw(table, np.asarray((values < lower) | (values > upper), np.float64))
