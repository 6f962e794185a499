"""What the commands share that work by the config's baseline: its files, and a small plot."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from standout.readers.table import TimedTable
    from standout.service.baseline import Baseline
    from standout.settings import Settings
    from standout.types import Values

_WIDEST = 100
_FRAME = 4


def config_of(config: Path | None, data_dir: Path | None) -> Settings:
    """Read a config, and make the sample files that may be missing.

    Raises
    ------
    UnreadableFile, InvalidParameter
        There is no such file, or it cannot be used.
    DataFolderUnwritable
        The samples cannot be written.
    """
    from standout.cli.settings import read_settings
    from standout.errors import UnreadableFile
    from standout.service.samples import make_samples

    if config is not None and not config.is_file():
        raise UnreadableFile(f"There is no config {config}; check the path.")
    settings = read_settings(config, data_dir=data_dir)
    make_samples(settings.data_dir)
    return settings


def baseline_of(settings: Settings) -> Baseline:
    """Return the baseline of a config."""
    from standout.service.baseline import Baseline

    model = settings.model
    return Baseline(model.normal_mean, model.normal_std, model.threshold_multiplier)


def table_of(
    file: Path | None, settings: Settings, asked: str, value_column: str | None = None
) -> TimedTable:
    """Read the file that was named, or else the config's; raises `UnreadableFile`."""
    from standout.domain.files import in_data_folder
    from standout.service.files import VALUE, read_timed

    path = in_data_folder(asked, settings.data_dir) if file is None else file
    # Where no column is named, that of the seed's files, if it is there, else the only one.
    return read_timed(path, str(path), value_column or (VALUE if file is None else None))


def detect_by_config(
    file: Path | None,
    config: Path | None,
    data_dir: Path | None,
    *,
    output: Path | None,
    value_column: str | None,
    refused: Mapping[str, object],
) -> None:
    """Judge a file by the config's baseline, and write its anomalies.

    Parameters
    ----------
    file, output
        None is what the config says.
    refused
        What a baseline does not take, by option; None is not given.

    Raises
    ------
    InvalidParameter
        Something of it was given.
    """
    from standout.cli.stages import stages
    from standout.domain.files import BASELINE, output_path
    from standout.errors import InvalidParameter
    from standout.readers.replace import replace_file
    from standout.service.files import anomalies_of
    from standout.service.scoring import detect

    given = [name for name, value in refused.items() if value is not None]
    if given:
        raise InvalidParameter(f"By a config's baseline there is no {given[0]}; name a FILE only.")
    with stages(3) as begin:
        begin("reading")
        settings = config_of(config, data_dir)
        params = baseline_of(settings).params()
        table = table_of(file, settings, settings.data.test_data_path, value_column)
        begin(f"judging {len(table):,} rows")
        found = detect(table.values, table.times_us, detector=BASELINE, params=params)
        begin("writing")
        frame = anomalies_of(table, found, BASELINE)
        place = output or output_path(settings.data.output_path, settings.data_dir)
        replace_file(place, frame.write_csv().encode())
    for stamp, value, reason in frame.select("timestamp", "value", "reason").iter_rows():
        click.echo(f"{stamp}  {value:g}  {reason}")
    click.echo(f"rows {len(table):,}, anomalies {len(frame):,}, written to {place}", err=True)
    if sys.stderr.isatty():
        draw(table, found.anomaly[table.order()])


def draw(table: TimedTable, anomaly: Values) -> None:
    """Draw where the anomalies lie, by time."""
    from shutil import get_terminal_size

    from standout.cli.sparkline import sparkline

    order = table.order()
    width = min(_WIDEST, get_terminal_size().columns) - _FRAME
    click.echo(f"│{sparkline(anomaly, width)}│", err=True)
    click.echo(f" {table.timestamps[order[0]]} … {table.timestamps[order[-1]]}", err=True)
