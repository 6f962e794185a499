"""Real data that ships inside the package `vega_datasets`: weather and stock prices."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from importlib.machinery import SourceFileLoader
from importlib.resources.abc import Traversable, TraversableResources
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import polars as pl

from standout.demo.series import Series
from standout.readers.csv import read_csv

T = TypeVar("T")

SYMBOLS = ("AAPL", "AMZN", "GOOG", "IBM", "MSFT")


def is_installed() -> bool:
    """Tell whether the package is here; it belongs to the extra `demo`."""
    return find_spec("vega_datasets") is not None


def temperatures() -> Series:
    """Return the hourly temperatures of Seattle in 2010, in degrees Fahrenheit.

    They are smooth; nothing much stands out in them.
    """
    return _packaged("seattle-temps.csv", Series.read)


def weather(column: str) -> Series:
    """Return a column of Seattle's daily weather from 2012 to 2015: wind, precipitation, …"""
    return _packaged("seattle-weather.csv", lambda path: Series.read(path, value_column=column))


def stock(symbol: str) -> Series:
    """Return the monthly prices of one of `SYMBOLS` from 2000 to 2010, in US dollars."""
    table = _packaged("stocks.csv", read_csv).timed()
    rows = table.frame.select(pl.col("symbol") == symbol).to_series().to_numpy()
    return Series.of(table.times_us[rows], table.values[rows])


def _packaged(name: str, read: Callable[[Path], T]) -> T:
    with resources.as_file(_files() / "_data" / name) as path:
        return read(path)


def _files() -> Traversable:
    # `resources.files` would import the package, and with it pandas, for the data alone.
    spec = find_spec("vega_datasets")
    assert spec is not None
    assert isinstance(spec.loader, SourceFileLoader)
    reader = spec.loader.get_resource_reader(spec.name)
    assert isinstance(reader, TraversableResources)
    return reader.files()
