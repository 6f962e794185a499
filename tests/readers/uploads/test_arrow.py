"""Arrow uploads."""

from __future__ import annotations

import math
import random
import struct
from io import BytesIO
from typing import Any

import numpy as np
import polars as pl
import pytest

from standout.errors import InvalidInput, MalformedMessage, MessageTooLarge
from standout.readers.uploads.arrow import ArrowReader
from standout.readers.uploads.arrow_messages import BATCH, END, ArrowMessages
from tests.readers.uploads.reading import read

TABLE = pl.DataFrame({"timestamp": [10, 20, 30], "value": [1.5, None, math.nan]})


def stream(frame: pl.DataFrame, **options: Any) -> bytes:
    buffer = BytesIO()
    frame.write_ipc_stream(buffer, **options)
    return buffer.getvalue()


def batches(*frames: pl.DataFrame) -> bytes:
    parts = [list(ArrowMessages().feed(stream(frame))) for frame in frames]
    schema = [m.data for m in parts[0] if m.kind != BATCH]
    return b"".join([*schema, *(m.data for p in parts for m in p if m.kind == BATCH), END])


@pytest.mark.parametrize("block", [1, 7, 64, 100_000])
def test_blocks_may_end_anywhere(block: int) -> None:
    told = read(ArrowReader(), batches(TABLE, TABLE[:0], TABLE[:2]), block)
    assert told.error is None
    assert told.timestamps == [10, 20, 30, 10, 20]
    np.testing.assert_array_equal(told.values, [1.5, math.nan, math.nan, 1.5, math.nan])
    assert told.rows == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "dtype", [pl.Int8, pl.UInt64, pl.Float32, pl.Decimal(10, 2), pl.Null, pl.Float64]
)
def test_any_number_is_a_value(dtype: Any) -> None:
    values = pl.Series([None, None] if dtype == pl.Null else [3, None]).cast(dtype)
    told = read(ArrowReader(), stream(pl.DataFrame({"timestamp": [1, 2], "value": values})))
    assert told.error is None
    wanted = [math.nan if dtype == pl.Null else 3.0, math.nan]
    np.testing.assert_array_equal(told.values, wanted)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (["a", "b", "c"], "numbers are wanted"),
        ([True, False, True], "numbers are wanted"),
        ([["a"], ["b"], ["c"]], "numbers are wanted"),
        ([[[1.0]], [[2.0]], [[3.0]]], "numbers are wanted"),
    ],
)
def test_a_value_of_another_type(column: list[Any], words: str) -> None:
    told = read(ArrowReader(), stream(TABLE.with_columns(pl.Series("value", column))))
    assert words in str(told.error)


@pytest.mark.parametrize(
    ("column", "cells", "row"), [("value", [1.0, 2.0, math.inf], 3), ("timestamp", [1, None, 3], 2)]
)
def test_a_mistake_tells_its_row(column: str, cells: list[Any], row: int) -> None:
    told = read(ArrowReader(), batches(TABLE, TABLE.with_columns(pl.Series(column, cells))))
    assert told.error is not None
    assert told.error.row == 3 + row
    assert len(told.values) == 2 + row


def test_columns_are_checked() -> None:
    for frame, words in [
        (TABLE.rename({"value": "price"}), "'value' is missing"),
        (TABLE.with_columns(other=1), "'other' is not known"),
        (TABLE.with_columns(id=pl.lit("a")), "POST /observations"),
    ]:
        assert words in str(read(ArrowReader(), stream(frame)).error)
    assert "text is wanted" in str(
        read(ArrowReader(by_id=True), stream(TABLE.with_columns(id=1))).error
    )


def test_ids_may_be_categories() -> None:
    ids = pl.Series("id", ["a", "b", "a"])
    for kind in (pl.String, pl.Categorical):
        told = read(ArrowReader(by_id=True), stream(TABLE.with_columns(ids.cast(kind))))
        assert told.error is None
        assert told.ids == ["a", "b", "a"]


@pytest.mark.parametrize(
    "data",
    [
        b"timestamp,value\n1,2\n",
        b"ARROW1\0\0" + b"\0" * 100,
        b"\xff\xff\xff\xff" + b"\x10\0\0\0" + b"\xff" * 16,
        b"\xff\xff\xff\xff\xff\xff\xff\x7f",
        stream(TABLE)[:-40],
        stream(TABLE)[:300],
        stream(TABLE, compression="zstd"),
        END + b"more",
    ],
)
def test_what_is_no_stream(data: bytes) -> None:
    told = read(ArrowReader(), data)
    assert told.values == []
    if data != END + b"more":
        assert isinstance(told.error, MalformedMessage)


def test_a_record_batch_has_a_limit() -> None:
    data = bytearray(next(m.data for m in ArrowMessages().feed(stream(TABLE)) if m.kind == BATCH))
    body = len(data) - 8 - struct.unpack_from("<i", data, 4)[0]
    place = bytes(data).index(struct.pack("<q", body))
    struct.pack_into("<q", data, place, 1 << 40)
    with pytest.raises(MessageTooLarge):
        list(ArrowMessages().feed(bytes(data)))


def test_damaged_bytes_are_a_mistake_and_nothing_worse() -> None:
    whole = stream(pl.DataFrame({"timestamp": range(50), "value": [0.5] * 50, "id": ["x"] * 50}))
    random_ = random.Random(7)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(random_.randint(1, 4)):
            data[random_.randrange(len(data))] = random_.randrange(256)
        told = read(ArrowReader(by_id=True), bytes(data))
        assert told.error is None or isinstance(told.error, InvalidInput)
