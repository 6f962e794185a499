"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import click

Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]

FILE = click.argument("file", type=click.Path(path_type=Path))

OPTIONAL_FILE = click.argument("file", type=click.Path(path_type=Path), required=False)

WINDOW = click.option(
    "--window",
    type=click.IntRange(10, 10_000),
    default=100,
    help="Observations that the detector looks back on.",
)

VALUE_COLUMN = click.option(
    "--value-column",
    metavar="NAME",
    help='Column to measure; otherwise "value", or the only column of numbers.',
)

_HOST = click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
_PORT = click.option(
    "--port", type=click.IntRange(0, 65_535), help="Port to listen on.  [default: 8000]"
)
_DATA_DIR = click.option(
    "--data-dir", type=click.Path(path_type=Path), help="Folder that holds it all.  [default: data]"
)
_CONFIG = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings in YAML.  [default: config/config.yaml, where there is one]",
)


CONFIG_BASELINE = click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Config with the baseline and the paths of files.  [default: config/config.yaml]",
)
DATA_DIR = _DATA_DIR


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of commands that start a server."""
    for option in (_CONFIG, _DATA_DIR, _PORT, _HOST):
        command = option(command)
    return command
