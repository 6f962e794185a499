"""The profile of a table."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import polars as pl

from standout.readers.datasets.profile import date_column, profile

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)


def times(*hours: float) -> pl.Series:
    stamps = [BEGIN + timedelta(hours=hour) for hour in hours]
    return pl.Series("when", stamps).cast(pl.Datetime("us", "UTC"))


def test_numbers_text_and_times() -> None:
    frame = pl.DataFrame(
        {
            "when": times(*range(20)),
            "x": [float(i) for i in range(19)] + [None],
            "n": list(range(20)),
            "c": ["a"] * 15 + ["b"] * 5,
            "y": [True, False] * 10,
        }
    )
    found = profile(frame)

    json.dumps(found, allow_nan=False)
    assert found["numeric_columns"] == ["x", "n"]
    assert found["categorical_columns"] == ["c", "y"]
    assert (found["datetime_columns"], found["date_column"]) == (["when"], "when")
    assert found["time"] == {
        "first": "2024-01-01T00:00:00Z",
        "last": "2024-01-01T19:00:00Z",
        "step_s": 3600.0,
        "gaps": 0,
        "duplicates": 0,
        "ordered": True,
    }
    assert found["missing_values"]["x"] == 1
    told = found["statistics"]["x"]
    assert (told["min"], told["median"], told["max"]) == (0.0, 9.0, 18.0)
    assert found["statistics"]["c"] == {"unique": 2, "most_common": "a"}
    assert found["sample"][0]["when"] == "2024-01-01T00:00:00Z"
    assert len(found["sample"]) == 20
    assert found["warnings"] == []


def test_trouble_is_told_in_words() -> None:
    hours = [0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 20, 9]
    frame = pl.DataFrame({"when": times(*hours), "same": [1] * 12, "few": [1.0] * 3 + [None] * 9})
    found = profile(frame)
    assert (found["time"]["gaps"], found["time"]["duplicates"]) == (1, 1)
    assert found["time"]["ordered"] is False
    words = " ".join(found["warnings"])
    for told in (
        "Column 'few': 9 of 12 values are missing.",
        "Column 'same' is the same in every row",
        "1 rows are copies of others.",
        "Column 'when' is not in order of time",
        "Column 'when' has a gap; its step is 3600 s.",
        "1 times occur more than once",
    ):
        assert told in words


def test_odd_numbers_are_still_json() -> None:
    frame = pl.DataFrame({"x": [float("inf"), float("nan"), 1.0], "c": [None, None, None]})
    json.dumps(profile(frame), allow_nan=False)


def test_the_column_named_as_a_time_goes_first() -> None:
    frame = pl.DataFrame([times(0).alias("made"), times(0).alias("Date")])
    assert date_column(frame) == "Date"
    assert date_column(frame.select("made")) == "made"
    assert date_column(pl.DataFrame({"x": [1]})) is None
