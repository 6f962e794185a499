"""On replies that are generated in the shape that the installed yfinance gives."""

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from standout.demo import yahoo
from standout.domain.times import to_iso
from standout.errors import ServerUnreachable

pd = pytest.importorskip("pandas")
yfinance = pytest.importorskip("yfinance")

FIELDS = ("Close", "High", "Low", "Open", "Volume")


def reply(symbols: list[str], rows: int = 300) -> Any:
    """What `download(group_by="column")` makes: (Price, Ticker) columns, sorted, days by index."""
    days = pd.bdate_range("2025-01-02", periods=rows, name="Date").as_unit("s")
    columns = pd.MultiIndex.from_product([FIELDS, sorted(symbols)], names=["Price", "Ticker"])
    random = np.random.default_rng(1)
    return pd.DataFrame(random.uniform(90, 110, (rows, len(columns))), days, columns)


def test_a_reply_becomes_series() -> None:
    given = reply(["MSFT", "AAPL"])
    given.loc[given.index[3], ("Close", "AAPL")] = np.nan
    prices = yahoo.prices_of(given, ["AAPL", "MSFT"])
    assert prices["MSFT"].values.tolist() == given["Close"]["MSFT"].tolist()
    assert len(prices["AAPL"].values) == 299
    assert to_iso(int(prices["MSFT"].times_us[0])) == "2025-01-02T00:00:00Z"
    assert to_iso(int(prices["MSFT"].times_us[1])) == "2025-01-03T00:00:00Z"


def test_a_reply_with_one_level_of_columns_is_read() -> None:
    given = reply(["IBM"]).droplevel("Ticker", axis=1)
    assert len(yahoo.prices_of(given, ["IBM"])["IBM"].values) == 300


def test_days_of_an_exchange_keep_their_date() -> None:
    given = reply(["IBM"])
    given.index = given.index.tz_localize("Asia/Tokyo")
    prices = yahoo.prices_of(given, ["IBM"])["IBM"]
    assert to_iso(int(prices.times_us[0])) == "2025-01-02T00:00:00Z"


@pytest.mark.parametrize("given", [None, "no frame", reply(["AAPL"]), reply(["IBM"], rows=0)])
def test_a_reply_without_the_prices_is_refused(given: Any) -> None:
    with pytest.raises(ServerUnreachable, match="Yahoo"):
        yahoo.prices_of(given, ["IBM"])


def test_prices_are_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: dict[str, Any] = {}

    def download(symbols: list[str], **options: Any) -> Any:
        asked.update(options)
        return reply(symbols)

    monkeypatch.setattr(yfinance, "download", download)
    prices = yahoo.fetch_prices(["AAPL", "IBM"], cache=tmp_path / "cache")
    assert sorted(prices) == ["AAPL", "IBM"]
    assert asked["interval"] == "1d"
    assert asked["timeout"] == 4.0


def test_any_failure_is_one_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def download(symbols: list[str], **options: Any) -> Any:
        raise RuntimeError("the wire is cut")

    monkeypatch.setattr(yfinance, "download", download)
    with pytest.raises(ServerUnreachable, match="the wire is cut"):
        yahoo.fetch_prices(["IBM"], cache=tmp_path / "cache")


def test_a_reply_that_never_comes_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    end = threading.Event()

    def download(symbols: list[str], **options: Any) -> Any:
        end.wait(30)

    monkeypatch.setattr(yfinance, "download", download)
    with pytest.raises(ServerUnreachable, match="no reply within"):
        yahoo.fetch_prices(["IBM"], cache=tmp_path / "cache", timeout_s=0.2)
    end.set()
