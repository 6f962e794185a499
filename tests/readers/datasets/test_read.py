"""Files as they come: five formats, and everything that can be wrong with them."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from contextlib import suppress
from datetime import UTC as ZERO
from datetime import datetime, time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from polars.testing.parametric import dataframes

from standout.errors import MessageTooLarge, StandoutError, UnreadableFile
from standout.readers.datasets import columnar
from standout.readers.datasets.arrays import MISSING_TIME, arrays, read_arrays
from standout.readers.datasets.arrow_sizes import batch_sizes
from standout.readers.datasets.profile import profile
from standout.readers.datasets.read import ReadDataset, read_dataset

UTC = pl.Datetime("us", "UTC")
TABLE = pl.DataFrame({"a": [1, 2, None], "b": [0.5, None, 2.5], "c": ["x", None, "ü"]})


def read(folder: Path, content: bytes | str, name: str = "table.csv") -> ReadDataset:
    path = folder / "upload"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    found = read_dataset(path, name)
    assert [file.name for file in folder.iterdir()] == ["upload"]
    return found


def written(form: str) -> bytes:
    buffer = io.BytesIO()
    getattr(TABLE, f"write_{form}")(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("csv", "a,b,c\n1,0.5,x\n2,,\n,2.5,ü\n"),
        ("json", '[{"a":1,"b":0.5,"c":"x"},{"a":2,"b":null,"c":null},{"b":2.5,"c":"ü"}]'),
        ("jsonl", '{"a":1,"b":0.5,"c":"x"}\n{"a":2}\n\n{"b":2.5,"c":"ü"}\n'),
        ("parquet", written("parquet")),
        ("arrow", written("ipc")),
        ("arrow-stream", written("ipc_stream")),
    ],
)
def test_every_format_gives_the_same_table(tmp_path: Path, form: str, content: Any) -> None:
    # The name says nothing: it is the bytes that count.
    found = read(tmp_path, content, "misnamed.zip")
    assert found.format == form
    assert found.frame.equals(TABLE)
    assert found.warnings == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_is_read_however_it_was_written(
    tmp_path: Path, delimiter: str, encoding: str, end: str
) -> None:
    rows = ["day,ort,x", "2024-01-01,Köln,1", '2024-01-02,"a, b; c\t|",2', "", "2024-01-03,,3"]
    quoted = [row if '"' in row else row.replace(",", delimiter) for row in rows]
    quoted[2] = f'2024-01-02{delimiter}"a, b; c\t|"{delimiter}2'
    found = read(tmp_path, (end.join(quoted) + end).encode(encoding))
    assert found.frame.schema == {"day": UTC, "ort": pl.String, "x": pl.Int64}
    assert found.frame["ort"].to_list() == ["Köln", "a, b; c\t|", None]
    assert found.delimiter == delimiter
    assert found.encoding == encoding.removesuffix("-sig")


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("x;y\n1,5;a\n-2,25;b\n", pl.Float64, [1.5, -2.25]),
        ("x;y\n1.234,5;a\n7;b\n", pl.Float64, [1234.5, 7.0]),
        ('x,y\n"1,5",a\n"2",b\n', pl.Float64, [1.5, 2.0]),
        ('x,y\n"1,234",a\n"5,678",b\n', pl.String, ["1,234", "5,678"]),
        ("x,y\n1e3,a\nNaN,b\n", pl.Float64, [1000.0, None]),
        ("x,y\nTrue,a\nfalse,b\n", pl.Boolean, [True, False]),
        ("x,y\n007,a\n8,b\n", pl.Int64, [7, 8]),
        ("x,y\n1,a\ntwo,b\n", pl.String, ["1", "two"]),
    ],
)
def test_cells_become_what_all_of_them_are(
    tmp_path: Path, text: str, kind: Any, values: list[Any]
) -> None:
    column = read(tmp_path, text).frame["x"]
    assert (column.dtype, column.to_list()) == (kind, values)


@pytest.mark.parametrize(
    ("name", "cells", "first"),
    [
        ("when", ["2024-02-01T00:00:00+01:00", "2024-02-02T00:00:00+01:00"], "2024-01-31 23:00"),
        ("timestamp", ["1700000000", "1700000060"], "2023-11-14 22:13:20"),
        ("time", ["1700000000000", "1700000000001"], "2023-11-14 22:13:20"),
        ("d", ["31.01.2024", "01.02.2024"], "2024-01-31 00:00"),
        ("d", ["31/01/2024", "01/02/2024"], "2024-01-31 00:00"),
    ],
)
def test_times(tmp_path: Path, name: str, cells: list[str], first: str) -> None:
    column = read(tmp_path, f"{name},v\n" + "".join(f"{c},1\n" for c in cells)).frame[name]
    assert column.dtype == UTC
    assert str(column[0]).startswith(first)


def test_small_numbers_named_as_a_time_stay_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "t,v\n0,1\n1,2\n").frame["t"].dtype == pl.Int64


def test_dates_with_two_readings_are_not_guessed(tmp_path: Path) -> None:
    found = read(tmp_path, "d,v\n01/02/2024,1\n03/04/2024,2\n")
    assert found.frame["d"].dtype == pl.String
    assert "days and months cannot be told apart in '01/02/2024'" in found.warnings[0]


def test_text_among_numbers_is_warned_of_with_its_row(tmp_path: Path) -> None:
    cells = [str(i) for i in range(9)]
    cells.insert(6, "n.A.")
    found = read(tmp_path, "x,y\n" + "".join(f"{cell},1\n" for cell in cells))
    assert found.warnings == [
        (
            "Column 'x' is taken as text: 1 of its 10 cells are no numbers, the first is 'n.A.' in"
            " row 7."
        )
    ]


def test_a_table_without_a_header_is_numbered(tmp_path: Path) -> None:
    found = read(tmp_path, "1,2\n3,4\n")
    assert found.frame.columns == ["column_1", "column_2"]
    assert (found.header, found.frame.height) == (False, 2)


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("table.csv", "a,b\n1,2\n")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "t.csv is empty"),
        (b"\xef\xbb\xbf \n\n", "t.csv is empty"),
        (zipped(), "t.csv is a zip or a spreadsheet"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "t.csv is a gzip"),
        (b"\x00\x01\x02\x03" * 9, "t.csv is not a text file"),
        (b"a,b\n1,2\n3\n", "t.csv, line 3: 1 cells, but the first row has 2"),
        (b"a,b\n1,2\n3,4,5\n", "t.csv, line 3: 3 cells, but the first row has 2"),
        (b'a,b\n1,"2\n3,4\n', "t.csv, line 2: a quote begins here and does not end"),
        (b"a,b,a\n1,2,3\n", "t.csv has two columns called 'a'"),
        (b"a,b\n", "t.csv has a header but no rows"),
        (b"[]", "t.csv has no rows"),
        (b"[1]", "t.csv: row 1: an object was wanted, got 1"),
        (b'[{"a":1}', "t.csv: it is no JSON"),
        (b'[{"a":NaN}]', "NaN is not JSON; write null"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "t.csv, line 1"),
        (b'{"a":1}\n{"a":}\n', "t.csv, line 2"),
        (b'{"a":1}\n[2]\n', "t.csv, line 2: an object was wanted"),
        (written("parquet")[:200], "no whole Parquet file"),
        (written("ipc")[:300], "no whole Arrow file"),
        (b"PAR1" + b"\xff" * 99 + b"PAR1", "no whole Parquet file"),
    ],
)
def test_what_is_no_table_is_told_where(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(UnreadableFile) as raised:
        read(tmp_path, content, "t.csv")
    assert told in str(raised.value)


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb"
    pl.select(x=pl.repeat(1.0, 300_000_000, dtype=pl.Float64)).lazy().head(2_000_000).sink_parquet(
        path
    )
    monkeypatch.setattr(columnar, "MAX_CELLS", 1_000_000)
    with pytest.raises(MessageTooLarge, match="unpacks to 2,000,000 rows of 1 columns"):
        read_dataset(path, "bomb")


def test_a_bomb_of_text_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb"
    pl.LazyFrame({"x": ["y" * 100_000] * 2_000}).sink_parquet(path)
    assert path.stat().st_size < 1_000_000
    monkeypatch.setattr(columnar, "MAX_TEXT_BYTES", 100_000_000)
    with pytest.raises(MessageTooLarge, match="unpacks to 200,000,000 bytes of text"):
        read_dataset(path, "bomb")


@pytest.mark.parametrize("form", ["ipc", "ipc_stream"])
def test_a_packed_arrow_file_is_not_unpacked_to_see_its_size(tmp_path: Path, form: str) -> None:
    path = tmp_path / "bomb"
    rows = pl.DataFrame({"x": pl.repeat(0.0, 10_000_000, eager=True)})
    getattr(rows, f"write_{form}")(path, compression="zstd")
    assert path.stat().st_size < 100_000
    found = sum(one.bytes for one in batch_sizes(path, "bomb"))
    assert found == 8 * 10_000_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columnar, "MAX_UNPACKED_BYTES", found - 1)
        with pytest.raises(MessageTooLarge, match=f"unpacks to {found:,} bytes; at most"):
            read_dataset(path, "bomb")
        patch.setattr(columnar, "MAX_CELLS", 9_999_999)
        with pytest.raises(MessageTooLarge, match="unpacks to 10,000,000 rows and 10,000,000 cell"):
            read_dataset(path, "bomb")


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
@pytest.mark.parametrize("form", ["ipc", "ipc_stream"])
def test_the_sizes_of_an_arrow_file_are_those_of_its_table(
    tmp_path: Path, form: str, compression: Any
) -> None:
    columns = {"a": range(5_000), "b": [0.5, None] * 2_500, "c": ["x", "ü" * 40] * 2_500}
    frame = pl.DataFrame(columns)
    path = tmp_path / "table"
    getattr(frame, f"write_{form}")(path, compression=compression)
    sizes = list(batch_sizes(path, "table"))
    assert sum(one.rows for one in sizes) == 5_000
    assert {one.columns for one in sizes} == {3}
    assert sum(one.bytes for one in sizes) >= 2 * 8 * 5_000
    assert read_dataset(path, "table").frame.equals(frame)


def test_lists_are_not_unpacked(tmp_path: Path) -> None:
    """A few kilobytes can hold lists of any length."""
    path = tmp_path / "bomb"
    lists = pl.Series([pl.repeat(0, 20_000_000, eager=True)] * 2)
    pl.DataFrame({"a": [1, 2], "b": lists}).write_parquet(path)
    assert path.stat().st_size < 50_000
    code = (
        "import sys; from pathlib import Path;"
        "from standout.readers.datasets.read import read_dataset;"
        "read_dataset(Path(sys.argv[1]), 'b').frame;"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 250_000


@pytest.mark.parametrize("lines", [False, True])
def test_objects_with_keys_of_their_own_are_refused(tmp_path: Path, lines: bool) -> None:
    """Their table would have the square of their number of cells."""
    objects = [f'{{"k\\u0061{i}": 1}}' for i in range(10_001)]
    text = "\n".join(objects) if lines else f"[{','.join(objects)}]"
    with pytest.raises(UnreadableFile, match="more than 10,000 different keys"):
        read(tmp_path, text, "t.json")


def test_objects_with_too_many_cells_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "MAX_CELLS", 9_999)
    text = "\n".join(f'{{"k{i}": 1}}' for i in range(100))
    with pytest.raises(MessageTooLarge, match="100 rows of 100 columns"):
        read(tmp_path, text, "t.json")


BIG = 2**63 - 1


@pytest.mark.parametrize(
    ("column", "kind", "last"),
    [
        (pl.Series("t", [0, BIG]).cast(pl.Datetime("ms")), UTC, None),
        (pl.Series("t", [0, -BIG]).cast(pl.Datetime("us", "Europe/Berlin")), UTC, None),
        (pl.Series("t", [0, 253_402_300_800_000]).cast(pl.Datetime("ms")), UTC, None),
        (pl.Series("t", [0, 2**31 - 1], dtype=pl.Int32).cast(pl.Date), UTC, None),
        (
            pl.Series("t", [0, BIG]).cast(pl.Datetime("ns")),
            UTC,
            datetime(2262, 4, 11, 23, 47, 16, 854775, ZERO),
        ),
        (pl.Series("t", [0, 1_500]).cast(pl.Duration("ms")), pl.Float64, 1.5),
        (pl.Series("t", [time(0), time(1)]), pl.Float64, 3_600.0),
        (pl.Series("t", [0, 2**64 - 1], dtype=pl.UInt64), pl.Float64, 2.0**64),
        (pl.Series("t", [0, 2**100], dtype=pl.Int128), pl.Float64, 2.0**100),
        (pl.Series("t", [0, 2**120], dtype=pl.UInt128), pl.Float64, 2.0**120),
        (pl.Series("time", [1e9, float("inf")]), pl.Float64, float("inf")),
        (pl.Series("time", [1e9, 1e300]), pl.Float64, 1e300),
        (pl.Series("time", [BIG, BIG]), pl.Int64, BIG),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_the_ends_of_all_types_are_read(
    tmp_path: Path, column: pl.Series, kind: Any, last: Any
) -> None:
    buffer = io.BytesIO()
    pl.DataFrame([column, pl.Series("x", [1, 2])]).write_parquet(buffer)
    found = read(tmp_path, buffer.getvalue())
    assert found.frame[column.name].dtype == kind
    assert found.frame[column.name][1] == last
    json.dumps(profile(found.frame), allow_nan=False)
    assert (last is None) == ("1 to 9999" in " ".join(found.warnings))


@settings(max_examples=40, deadline=None)
@given(frame=dataframes(min_cols=1, max_cols=4, min_size=1, max_size=6))
def test_any_table_is_read_and_profiled_or_refused(
    tmp_path_factory: pytest.TempPathFactory, frame: pl.DataFrame
) -> None:
    path = tmp_path_factory.mktemp("any") / "upload"
    try:
        frame.write_parquet(path)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        assume(False)  # there are tables that no Parquet can hold
    with suppress(StandoutError):
        found = profile(read_dataset(path, "upload").frame)
        json.dumps(found, allow_nan=False)
        assert found["rows"] == frame.height


def test_columns_that_are_no_cells_are_left_out(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pl.DataFrame({"a": [1, 2], "b": [[1], [2]]}).write_parquet(buffer)
    found = read(tmp_path, buffer.getvalue())
    assert found.frame.columns == ["a"]
    assert "Column 'b' holds List(Int64)" in found.warnings[0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'[{"a": {"b": 1}}]', "Column 'a' holds Struct"),
        (b'[{"a": [1, 2]}]', "Column 'a' holds List"),
        (b'{"a": [1, 2], "b": [3, 4]}', "Column 'a' holds List"),
    ],
)
def test_what_holds_nothing_but_tables_says_so(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "nested.json"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=rf"has no column that can be used\. {says}"):
        read_dataset(path, "nested.json")


@settings(max_examples=300, deadline=None)
@given(
    content=st.sampled_from([written("parquet"), written("ipc"), b"a,b\n1,2\n", b'[{"a":1}]']),
    place=st.floats(0, 1),
    spoilt=st.binary(max_size=12),
)
def test_spoilt_bytes_are_never_more_than_unreadable(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, place: float, spoilt: bytes
) -> None:
    at = int(place * len(content))
    path = tmp_path_factory.mktemp("spoilt") / "upload"
    path.write_bytes(content[:at] + spoilt + content[at + len(spoilt) :])
    with suppress(StandoutError):
        assert read_dataset(path, "upload").frame.height


def test_arrays(tmp_path: Path) -> None:
    frame = TABLE.with_columns(
        pl.Series("t", [0, None, 5]).cast(UTC), pl.Series("y", [True, None, False])
    )
    frame.write_parquet(tmp_path / "t.parquet")
    found = arrays(frame)
    again = read_arrays(tmp_path / "t.parquet", ["t", "c"])
    assert found["t"].tolist() == again["t"].tolist() == [0, MISSING_TIME, 5]
    assert found["c"].tolist() == again["c"].tolist() == ["x", None, "ü"]
    assert [str(found[name].dtype) for name in ("a", "b", "y")] == ["float64"] * 3
    assert found["y"][:1].tolist() == [1.0]
