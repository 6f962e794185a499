"""Daily stock prices from Yahoo, by `yfinance`, where the network allows.

This has never run against the live service: it is tested on a reply that was generated in the
shape that the installed version of yfinance gives. Any failure means that there are no prices
from here, and whoever asked takes others.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from standout.demo.series import Series
from standout.errors import ServerUnreachable

FIELD = "Close"
_PERIOD = "2y"
_FEWEST_ROWS = 100


def fetch_prices(
    symbols: Sequence[str], *, cache: Path, timeout_s: float = 8.0
) -> dict[str, Series]:
    """Fetch two years of daily closing prices, in the currency of each exchange.

    Parameters
    ----------
    symbols
        Ticker symbols.
    cache
        Folder in which yfinance keeps what it remembers.
    timeout_s
        Seconds for all of it; half of it for each request.

    Raises
    ------
    ServerUnreachable
        No prices came in time, for whatever reason.
    """
    replies: list[Any] = []

    def ask() -> None:
        replies.append(_download_or_error(list(symbols), cache, timeout_s / 2))

    # A thread that is left behind: no timeout of yfinance bounds its retries and its cookies.
    worker = threading.Thread(target=ask, name="yahoo", daemon=True)
    worker.start()
    worker.join(timeout_s)
    reply = replies[0] if replies else TimeoutError(f"no reply within {timeout_s:g} s")
    if isinstance(reply, Exception):
        raise ServerUnreachable(f"Yahoo gives no prices: {reply}.")
    return prices_of(reply, symbols)


def prices_of(reply: Any, symbols: Sequence[str]) -> dict[str, Series]:
    """Read a reply of ``yfinance.download``.

    Parameters
    ----------
    reply
        A pandas DataFrame by day; its columns are (field, symbol), or fields for one symbol.
    symbols
        Which symbols to take.

    Raises
    ------
    ServerUnreachable
        The reply is empty or lacks a symbol.
    """
    try:
        field = reply[FIELD]
        columns = {name: field if field.ndim == 1 else field[name] for name in symbols}
    except (KeyError, TypeError, AttributeError) as error:
        raise ServerUnreachable(f"Yahoo's reply lacks {error}.") from None
    series = {name: _series(prices.dropna()) for name, prices in columns.items()}
    for name, prices in series.items():
        if len(prices.values) < _FEWEST_ROWS:
            raise ServerUnreachable(f"Yahoo gave {len(prices.values)} prices of {name}.")
    return series


def _download_or_error(symbols: list[str], cache: Path, timeout_s: float) -> Any:
    try:
        return _download(symbols, cache, timeout_s)
    except Exception as error:  # noqa: BLE001 - whatever breaks out there, the demo goes on
        return error


def _download(symbols: list[str], cache: Path, timeout_s: float) -> Any:
    # yfinance tells each failure on its own logger, and pandas warns of how yfinance uses it.
    logging.getLogger("yfinance").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        import yfinance  # noqa: PLC0415 - slow, and belongs to the extra `demo`

        warnings.simplefilter("ignore")  # after the import, which sets filters of its own
        yfinance.set_tz_cache_location(str(cache))
        return yfinance.download(
            symbols,
            period=_PERIOD,
            interval="1d",
            progress=False,
            threads=False,
            timeout=timeout_s,
        )


def _series(prices: Any) -> Series:
    days: list[datetime] = list(prices.index.to_pydatetime())
    naive = [np.datetime64(day.replace(tzinfo=None), "us") for day in days]
    times = np.array(naive, "datetime64[us]").astype(np.int64)
    return Series.of(times, prices.to_numpy(dtype=float))
