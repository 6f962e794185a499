"""CSV uploads: rows, whatever the blocks; mistakes with their line."""

from __future__ import annotations

import math

import numpy as np
import pytest

from standout.errors import MessageTooLarge
from standout.readers.uploads.csv import CsvReader
from tests.readers.uploads.reading import read

PLAIN = b"timestamp,value\n2024-01-01,1.5\n2024-01-02,\n2024-01-03,-2e3\n"


@pytest.mark.parametrize("block", [1, 2, 7, 16, 1000])
def test_blocks_may_end_anywhere(block: int) -> None:
    told = read(CsvReader(), PLAIN, block)
    assert told.error is None
    assert told.timestamps == ["2024-01-01", "2024-01-02", "2024-01-03"]
    np.testing.assert_array_equal(told.values, [1.5, math.nan, -2000.0])
    assert told.rows == [1, 2, 3]


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.rstrip(),
        PLAIN.replace(b"\n", b"\n\n"),
        PLAIN.replace(b"\n", b"\r\n\r\n"),
        b"\n\n" + PLAIN,
        PLAIN.replace(b"2024-01-01", b'"2024-01-01"'),
        PLAIN.replace(b",", b";").replace(b"1.5", b"1,5"),
        PLAIN.replace(b",", b"\t"),
        PLAIN.replace(b",\n", b",NaN\n"),
        PLAIN.replace(b",\n", b", null \n"),
        b"value,timestamp\n1.5,2024-01-01\nn/a,2024-01-02\n-2e3,2024-01-03",
        b"timestamp,value,score,late\n2024-01-01,1.5,,\n2024-01-02,,0.1,\n2024-01-03,-2000,,true\n",
    ],
)
@pytest.mark.parametrize("block", [3, 1000])
def test_ways_to_write_the_same(data: bytes, block: int) -> None:
    told = read(CsvReader(), data, block)
    assert told.error is None
    assert told.timestamps == ["2024-01-01", "2024-01-02", "2024-01-03"]
    np.testing.assert_array_equal(told.values, [1.5, math.nan, -2000.0])


MISTAKES = [
    (b"timestamp,value\n1,1\n2,x\n3,3\n", 1, 2, 3, "'x'"),
    (b"timestamp,value\n1,1\n2,inf\n", 1, 2, 3, "'inf'"),
    (b"timestamp,value\n1,1\n\n2,1e999\n", 1, 2, 4, "'1e999'"),
    (b"timestamp,value\n1,1\n2,2,2\n", 1, 2, 3, "3 cells"),
    (b"timestamp,value\n1,1\n2,2\n3\n", 2, 3, 4, "1 cells"),
    (b'timestamp,value\n1,1\n"2,2\n', 1, 2, 3, ""),
    (b"timestamp,value\n1,1\n2,\xff\n", 1, 2, 3, "UTF-8"),
    (b"timestamp,value\nx,x\n", 0, 1, 2, "'x'"),
]


@pytest.mark.parametrize(("data", "kept", "row", "line", "words"), MISTAKES)
@pytest.mark.parametrize("block", [1, 5, 1000])
def test_a_mistake_tells_its_row_and_line(
    data: bytes, *, kept: int, row: int, line: int, words: str, block: int
) -> None:
    told = read(CsvReader(), data, block)
    assert told.error is not None
    assert (told.error.row, told.error.line) == (row, line)
    assert f"Row {row}, line {line}" in str(told.error)
    assert words in str(told.error)
    assert len(told.values) == kept


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"time,value", "'timestamp' is missing"),
        (b"timestamp,price", "'value' is missing"),
        (b"timestamp,value,value", "twice"),
        (b"timestamp,value,colour", "'colour' is not known"),
        (b"id,timestamp,value", "POST /observations"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_header_that_cannot_be(header: bytes, words: str) -> None:
    told = read(CsvReader(), header + b"\n1,2,3\n")
    assert words in str(told.error)
    assert told.values == []


def test_ids_name_the_stream_of_each_row() -> None:
    told = read(CsvReader(by_id=True), b"id,timestamp,value\na,1,2\n,2,3\n01,4,5\n")
    assert told.error is None
    assert told.ids == ["a", "", "01"]
    assert "'id' is missing" in str(read(CsvReader(by_id=True), PLAIN).error)


def test_a_line_has_a_limit() -> None:
    told = read(CsvReader(), b"timestamp,value\n" + b"1" * 200_000, 10_000)
    assert isinstance(told.error, MessageTooLarge)
    assert "Line 2" in str(told.error)


def test_nothing_is_no_mistake() -> None:
    assert read(CsvReader(), b"").error is None
    assert read(CsvReader(), b"timestamp,value\n").values == []
