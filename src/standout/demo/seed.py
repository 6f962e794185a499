"""Put the demo's data into a folder: one CSV file a stream, and a list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from standout.demo import vega, yahoo
from standout.demo.generator import generated
from standout.demo.series import Series
from standout.demo.sources import METRICS
from standout.errors import ServerUnreachable
from standout.readers.replace import replace_file

VERSION = 1
LIST_NAME = "streams.json"
STOCKS = ("AAPL", "AMZN", "GOOG")
_DAYS = 14
_DAILY, _MONTHLY = (60, 300), (18, 35)
"""Window and backlog of daily and of monthly prices; of these there are few."""


class DemoStream(msgspec.Struct, frozen=True, kw_only=True):
    """A stream of the demo.

    Parameters
    ----------
    id
        Its id at the server.
    file
        Name of its CSV file in the demo's folder.
    window
        Observations that the detector looks back on.
    rate
        Observations a second, once it is live.
    backlog
        Observations that are sent at once at the first start, so that there is a picture.
    """

    id: str
    file: str
    window: int
    rate: float
    backlog: int


class _Seeded(msgspec.Struct):
    version: int
    seed: int
    streams: list[DemoStream]


def seed_demo(
    folder: Path,
    seed: int = 7,
    *,
    online: bool = True,
    say: Callable[[str], None] = lambda _: None,
) -> list[DemoStream]:
    """Write the demo's files, unless they are there.

    Parameters
    ----------
    folder
        Where; it is made.
    seed
        Seed of the generated metrics.
    online
        Whether to ask Yahoo for prices; if not, or if it gives none, older ones are taken.
    say
        Is called with a line where something is not as it could be.

    Raises
    ------
    DataFolderUnwritable
        The folder cannot be written.
    """
    if (there := _there(folder, seed)) is not None:
        return there
    streams = []
    for stream, series in _made(folder, seed, online=online, say=say):
        series.write(folder / stream.file)
        streams.append(stream)
    # The list comes last: where it stands, all files do.
    replace_file(folder / LIST_NAME, msgspec.json.encode(_Seeded(VERSION, seed, streams)))
    return streams


def _there(folder: Path, seed: int) -> list[DemoStream] | None:
    try:
        seeded = msgspec.json.decode((folder / LIST_NAME).read_bytes(), type=_Seeded)
    except (OSError, msgspec.DecodeError):
        return None
    whole = all((folder / stream.file).is_file() for stream in seeded.streams)
    same = (seeded.version, seeded.seed) == (VERSION, seed)
    return seeded.streams if whole and same else None


def _made(
    folder: Path, seed: int, *, online: bool, say: Callable[[str], None]
) -> Iterator[tuple[DemoStream, Series]]:
    for metric in METRICS:
        yield _stream(metric.name, rate=3.0), generated(metric, seed, days=_DAYS)
    if not vega.is_installed():
        say("No real data: the package vega_datasets is not installed (extra `demo`).")
        return
    yield _stream("seattle-temperature-f", rate=4.0), vega.temperatures()
    # These backlogs end some seconds before the weather does something remarkable.
    yield _stream("seattle-wind-m-s", rate=2.0, backlog=250), vega.weather("wind")
    yield _stream("seattle-rain-mm", rate=2.0, backlog=270), vega.weather("precipitation")
    yield from _stocks(folder, online=online, say=say)


def _stocks(
    folder: Path, *, online: bool, say: Callable[[str], None]
) -> Iterator[tuple[DemoStream, Series]]:
    prices, (window, backlog) = {}, _DAILY
    if online:
        try:
            prices = yahoo.fetch_prices(STOCKS, cache=folder / "yfinance")
        except ServerUnreachable as error:
            say(f"{error} Stock prices from 2000 to 2010 are taken instead.")
    if not prices:
        prices = {symbol: vega.stock(symbol) for symbol in STOCKS}
        window, backlog = _MONTHLY
    for symbol in STOCKS:
        name = f"stock-{symbol.lower()}-usd"
        yield _stream(name, rate=1.0, window=window, backlog=backlog), prices[symbol]


def _stream(name: str, *, rate: float, window: int = 100, backlog: int = 400) -> DemoStream:
    return DemoStream(id=name, file=f"{name}.csv", window=window, rate=rate, backlog=backlog)
