from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from standout.demo import vega, yahoo
from standout.demo.seed import LIST_NAME, STOCKS, seed_demo
from standout.demo.series import Series
from standout.errors import DataFolderUnwritable, ServerUnreachable
from standout.readers.csv import read_csv


def test_each_stream_has_a_file_in_ascending_time(tmp_path: Path) -> None:
    streams = seed_demo(tmp_path / "demo", online=False)
    assert len({stream.id for stream in streams}) == len(streams) == 10
    for stream in streams:
        table = read_csv(tmp_path / "demo" / stream.file).timed()
        assert (np.diff(table.times_us) > 0).all()
        assert len(table) > max(stream.backlog, stream.window)


def test_generated_files_are_labelled(tmp_path: Path) -> None:
    seed_demo(tmp_path, online=False)
    frame = pl.read_csv(tmp_path / "cpu-web-1.csv")
    assert frame.columns == ["timestamp", "value", "label"]
    assert set(frame["label"].to_list()) == {0, 1}


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    first = seed_demo(tmp_path, online=False)
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert seed_demo(tmp_path, online=False) == first
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_what_is_missing_broken_or_of_another_seed_is_made_again(tmp_path: Path) -> None:
    first = seed_demo(tmp_path, online=False)
    file = tmp_path / "cpu-web-1.csv"
    content = file.read_bytes()
    file.unlink()
    assert seed_demo(tmp_path, online=False) == first
    assert file.read_bytes() == content
    (tmp_path / LIST_NAME).write_text("{")
    assert seed_demo(tmp_path, online=False) == first
    seed_demo(tmp_path, seed=8, online=False)
    assert file.read_bytes() != content


def test_prices_of_yahoo_are_taken_where_they_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetched(symbols: Any, **options: Any) -> dict[str, Series]:
        times = np.arange(400) * 86_400_000_000
        return {symbol: Series(times, np.full(400, 7.5)) for symbol in symbols}

    monkeypatch.setattr(yahoo, "fetch_prices", fetched)
    said: list[str] = []
    streams = {stream.id: stream for stream in seed_demo(tmp_path, say=said.append)}
    assert said == []
    assert streams["stock-aapl-usd"].window == 60
    assert (read_csv(tmp_path / "stock-aapl-usd.csv").values == 7.5).all()


def test_without_yahoo_one_line_is_said_and_older_prices_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(symbols: Any, **options: Any) -> dict[str, Series]:
        raise ServerUnreachable("Yahoo gives no prices: no route.")

    monkeypatch.setattr(yahoo, "fetch_prices", failing)
    said: list[str] = []
    seed_demo(tmp_path, say=said.append)
    assert said == [
        "Yahoo gives no prices: no route. Stock prices from 2000 to 2010 are taken instead."
    ]
    for symbol in STOCKS:
        written = read_csv(tmp_path / f"stock-{symbol.lower()}-usd.csv").values
        assert written.tolist() == vega.stock(symbol).values.tolist()


def test_without_the_extra_the_metrics_remain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vega, "is_installed", lambda: False)
    said: list[str] = []
    assert len(seed_demo(tmp_path, online=False, say=said.append)) == 4
    assert "vega_datasets is not installed" in said[0]


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnwritable):
        seed_demo(tmp_path / "file", online=False)
