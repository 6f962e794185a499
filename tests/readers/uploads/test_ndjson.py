"""NDJSON uploads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from standout.readers.uploads.ndjson import NdjsonReader
from standout.schemas.observations import ROW, STREAM_ROW
from tests.readers.uploads.reading import read

LINES = (
    b'{"timestamp":1,"value":1.5}\n{"value":null,"timestamp":"b"}\n{"timestamp":3.5,"value":2}\n'
)


@pytest.mark.parametrize("block", [1, 10, 1000])
@pytest.mark.parametrize("data", [LINES, LINES.rstrip(), LINES.replace(b"\n", b"\r\n\r\n")])
def test_blocks_may_end_anywhere(data: bytes, block: int) -> None:
    told = read(NdjsonReader(ROW), data, block)
    assert told.error is None
    assert told.timestamps == [1, "b", 3.5]
    np.testing.assert_array_equal(told.values, [1.5, math.nan, 2.0])
    assert told.rows == [1, 2, 3]


@pytest.mark.parametrize("block", [1, 1000])
def test_nan_is_a_missing_value(block: int) -> None:
    told = read(NdjsonReader(ROW), b'{"timestamp":0,"value":NaN}\n' + LINES, block)
    assert told.error is None
    assert told.rows == [1, 2, 3, 4]
    np.testing.assert_array_equal(told.values, [math.nan, 1.5, math.nan, 2.0])


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b'{"timestamp":2}',
        b'{"timestamp":2,"value":"x"}',
        b'{"timestamp":2,"value":Infinity}',
        b'{"timestamp":NaN,"value":1}',
        b'{"timestamp":2,"value":1e999}',
        b'{"timestamp":null,"value":1}',
        b'{"timestamp":2,"value":1,"id":"a"}',
        b'[{"timestamp":2,"value":1}]',
        b'{"timestamp":2,"value":1} {}',
        b'{"timestamp":"\xff","value":1}',
    ],
)
@pytest.mark.parametrize("block", [1, 1000])
def test_a_mistake_tells_its_row_and_line(line: bytes, block: int) -> None:
    told = read(NdjsonReader(ROW), b'{"timestamp":1,"value":1}\n\n' + line + b"\n" + LINES, block)
    assert told.values == [1.0]
    assert told.error is not None
    assert (told.error.row, told.error.line) == (2, 3)
    assert "Row 2, line 3" in str(told.error)


def test_ids_name_the_stream_of_each_row() -> None:
    told = read(NdjsonReader(STREAM_ROW), b'{"id":"a","timestamp":1,"value":1}\n')
    assert told.ids == ["a"]
    assert "id" in str(read(NdjsonReader(STREAM_ROW), LINES).error)
