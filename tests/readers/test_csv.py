from pathlib import Path

import numpy as np
import pytest

from standout.errors import UnreadableFile
from standout.readers.csv import read_csv
from standout.readers.table import Table


def read(tmp_path: Path, content: str | bytes, value_column: str | None = None) -> Table:
    path = tmp_path / "given.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv(path, value_column=value_column)


def test_columns_are_found_by_their_names_and_all_others_kept(tmp_path: Path) -> None:
    table = read(tmp_path, "Place,Timestamp,Other,Value\nx,2026-01-01T00:00:00Z,7,1.5\n")
    assert (table.time_column, table.value_column) == ("Timestamp", "Value")
    assert table.frame.columns == ["Place", "Timestamp", "Other", "Value"]
    assert table.timestamps == ["2026-01-01T00:00:00Z"]
    assert table.times_us is not None
    assert table.times_us.tolist() == [1_767_225_600_000_000]
    assert table.values.tolist() == [1.5]


def test_time_and_value_are_found_by_what_they_hold(tmp_path: Path) -> None:
    table = read(tmp_path, "place,when,celsius\nx,2026-01-01 00:00,3\ny,2026-01-01 01:00,4\n")
    assert (table.time_column, table.value_column) == ("when", "celsius")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    rows = (("timestamp", "value", "note"), ("2026-01-01", "2.5", '"a, b; c"'))
    table = read(tmp_path, "\r\n".join(delimiter.join(row) for row in rows))
    assert table.frame.columns == ["timestamp", "value", "note"]
    assert table.values.tolist() == [2.5]
    assert table.frame["note"].to_list() == ["a, b; c"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_each_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    table = read(tmp_path, "Größe,Ort\n2,Köln\n".encode(encoding))
    assert table.value_column == "Größe"
    assert table.frame["Ort"].to_list() == ["Köln"]


def test_a_decimal_comma_is_read_between_semicolons_only(tmp_path: Path) -> None:
    assert read(tmp_path, "ds;value\n2026-01-01;3,5\n").values.tolist() == [3.5]
    with pytest.raises(UnreadableFile, match="'3,5' is not a finite number"):
        read(tmp_path, "ds|value\n2026-01-01|3,5\n")


def test_missing_values_are_nan(tmp_path: Path) -> None:
    cells = ["", "NaN", "null", "None", "N/A", " ", "0"]
    lines = "".join(f"{second},{cell}\n" for second, cell in enumerate(cells))
    table = read(tmp_path, "t,value\n" + lines)
    assert np.isnan(table.values).tolist() == [True] * 6 + [False]


def test_blank_lines_are_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, "\n\nt,value\n1,2\n\n3,4\n\n\n").values.tolist() == [2.0, 4.0]


def test_a_file_without_header_is_read(tmp_path: Path) -> None:
    table = read(tmp_path, "2026-01-01,5\n2026-01-02,6\n")
    assert (table.time_column, table.value_column) == ("timestamp", "value")
    assert table.values.tolist() == [5.0, 6.0]


def test_a_file_without_time_has_none(tmp_path: Path) -> None:
    table = read(tmp_path, "value\n3\n1\n2\n")
    assert (table.time_column, table.timestamps, table.times_us) == (None, None, None)
    assert table.order().tolist() == [0, 1, 2]


def test_order_is_by_time_and_keeps_the_file_order_of_duplicates(tmp_path: Path) -> None:
    assert read(tmp_path, "t,value\n3,0\n1,1\n2,2\n1,3\n").order().tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(
    ("cells", "timestamps", "microseconds"),
    [
        (["1700000000", "1700000000.5"], [1700000000, 1700000000.5], 500_000),
        (["1700000000000", "1700000000500"], [1700000000000, 1700000000500], 500_000),
        (["1700000000000000", "1700000000000001"], [1700000000000000, 1700000000000001], 1),
        (
            ["1700000000000000000", "1700000000000001000"],
            [1700000000000000000, 1700000000000001000],
            1,
        ),
        (["2026-01-01T02:00:00+02:00", "2026-01-01"], None, 0),
        (["20260101", "20260102"], ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"], 86_400e6),
        (
            ["Jan 1 2000", "Feb 1 2000"],
            ["2000-01-01T00:00:00Z", "2000-02-01T00:00:00Z"],
            2_678_400e6,
        ),
        (["2010/01/01 00:00", "2010/01/01 01:00"], None, 3_600e6),
        (["31/01/2026", "01/02/2026"], ["2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"], 86_400e6),
        (["01/31/2026", "02/01/2026"], ["2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"], 86_400e6),
    ],
)
def test_forms_of_time(
    tmp_path: Path, cells: list[str], timestamps: list[object] | None, microseconds: float
) -> None:
    table = read(tmp_path, "t,value\n" + "".join(f'"{cell}",1\n' for cell in cells))
    assert table.times_us is not None
    assert np.diff(table.times_us).tolist() == [microseconds]
    if timestamps is not None:
        assert table.timestamps == timestamps


def test_iso_text_is_kept_as_it_was_written(tmp_path: Path) -> None:
    table = read(tmp_path, "t,value\n2026-01-01 00:00:00.50+02:00,1\n")
    assert table.timestamps == ["2026-01-01 00:00:00.50+02:00"]


def test_the_value_column_can_be_named(tmp_path: Path) -> None:
    assert read(tmp_path, "t,low,high\n1,2,3\n", "High").values.tolist() == [3.0]
    with pytest.raises(UnreadableFile, match="no column 'mid' to measure; there are 'low', 'high'"):
        read(tmp_path, "t,low,high\n1,2,3\n", "mid")
    with pytest.raises(UnreadableFile, match="to measure; there is only that of the time"):
        read(tmp_path, "timestamp\n2026-01-01\n", "value")


def test_a_first_time_that_is_none_is_compared_with_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 2, column 'timestamp': 'soon' is no time"):
        read(tmp_path, "timestamp,value\nsoon,1\n2026-01-01,2\n")
    with pytest.raises(UnreadableFile, match="'soon' is not a time as in the rows above"):
        read(tmp_path, "timestamp,value\n2026-01-01,2\nsoon,1\n")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("t,value\n", "a header but no rows"),
        ("t,a,b\n1,2,3\n", "More than one column holds numbers: 'a', 'b'"),
        ("t,a,b\n1,x,y\n", "No column holds numbers"),
        ("time\n1\n", "No column holds numbers"),
        ("t,value\n1,2\n\n3,ten\n", "line 4, column 'value': 'ten' is not a finite number"),
        ("t,value\n1,inf\n", "line 2, column 'value': 'inf' is not a finite number"),
        ("t,value\n1,1e999\n", "line 2, column 'value': '1e999' is not a finite number"),
        ('t,value,n\n1,2,"a\nb"\n3,x,c\n', "line 4, column 'value': 'x'"),
        ("t,value\n1,2\nnever,3\n", "line 3, column 't': 'never' is not a time"),
        ("t,value\n1,2\n,3\n", "line 3, column 't': the time is missing"),
        ("t,value\n01/02/2026,2\n", "days and months cannot be told apart"),
        ("t,value\n1,2,3\n", "line 2: 3 cells, but the first row has 2"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not a text file"),
        (b"PK\x03\x04\x14\x00", "is not a text file"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, content: str | bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says) as caught:
        read(tmp_path, content)
    assert str(tmp_path / "given.csv") in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="There is no file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(UnreadableFile, match="is a folder"):
        read_csv(tmp_path)
