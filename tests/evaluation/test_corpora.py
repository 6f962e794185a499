import json
from pathlib import Path

import numpy as np
import pytest

from standout.errors import InvalidParameter, UnreadableFile
from standout.evaluation.corpora.folder import families_in, read_family
from standout.evaluation.corpora.own_file import read_own_file

ROWS = [f"2014-04-01 00:{minute:02}:00,{minute}.5" for minute in range(20)]
WINDOWS = {
    "realTraffic/a-b_c.csv": [["2014-04-01 00:05:00.000000", "2014-04-01 00:08:00.000000"]],
    "realTweets/quiet.csv": [],
}


def checkout(folder: Path) -> Path:
    """Make a folder laid out as NAB's repository."""
    (folder / "labels").mkdir()
    (folder / "labels" / "combined_windows.json").write_text(json.dumps(WINDOWS))
    for name in WINDOWS:
        path = folder / "data" / name
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(["timestamp,value", *ROWS]))
    return folder


def test_a_checkout_of_nab_is_read(tmp_path: Path) -> None:
    jam, quiet = read_family(checkout(tmp_path), "NAB")
    assert (jam.name, quiet.name) == tuple(WINDOWS)
    assert jam.windows.tolist() == [[5, 9]]
    assert np.flatnonzero(jam.labels).tolist() == [5, 6, 7, 8]
    assert jam.timestamps == [row.split(",")[0] for row in ROWS]
    assert jam.times_us is not None
    assert np.diff(jam.times_us).tolist() == [60_000_000] * 19
    assert jam.values[:2].tolist() == [0.5, 1.5]
    assert not quiet.labels.any()
    assert families_in(tmp_path) == ["NAB", "clean"]


def test_of_rows_with_one_time_the_first_ends_a_window(tmp_path: Path) -> None:
    path = checkout(tmp_path) / "data" / "realTraffic" / "a-b_c.csv"
    path.write_text("\n".join(["timestamp,value", *ROWS[:9], ROWS[8], *ROWS[9:]]))
    jam, _ = read_family(tmp_path, "NAB")
    assert jam.windows.tolist() == [[5, 9]]


def test_a_window_without_its_rows_is_told(tmp_path: Path) -> None:
    path = checkout(tmp_path) / "data" / "realTraffic" / "a-b_c.csv"
    path.write_text("\n".join(["timestamp,value", *ROWS[:6]]))
    with pytest.raises(UnreadableFile, match="no row at the ends of the window"):
        list(read_family(tmp_path, "NAB"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("timestamp,value\nsoon,1\n", "is no time"),
        ("timestamp,value\n2014-04-01,high\n", "holds more than numbers"),
        ("timestamp,height\n2014-04-01,1\n", "has no column 'value'"),
        ("value\n1\n", "has no column 'timestamp'"),
        ("", "cannot be read"),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_told(
    tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "combined_windows.json").write_text('{"quiet.csv": []}')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "quiet.csv").write_text(content)
    with pytest.raises(UnreadableFile, match=says):
        list(read_family(tmp_path, "NAB"))


def test_a_folder_with_an_index_is_read(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text(
        "id,path,family,train_end\nAIOPS/x,a/x.csv,AIOPS,2\nADBench/y,y.csv,ADBench,0\n"
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.csv").write_text("timestamp,value,label\n60,1,0\n120,,0\n180,3,1\n")
    (series,) = read_family(tmp_path, "AIOPS")
    assert (series.name, series.counted_from) == ("AIOPS/x", 2)
    assert series.labels.tolist() == [False, False, True]
    assert series.values.tolist()[::2] == [1, 3]
    assert np.isnan(series.values[1])
    assert series.times_us is not None
    assert series.times_us.tolist() == [60_000_000, 120_000_000, 180_000_000]
    assert families_in(tmp_path) == ["AIOPS", "clean"]
    with pytest.raises(UnreadableFile, match="no series of the family MGAB"):
        list(read_family(tmp_path, "MGAB"))


def test_a_family_of_several_channels_is_read_from_its_test_part_on(tmp_path: Path) -> None:
    (tmp_path / "index.csv").write_text("id,path,family,train_end\nSMD/m,m.csv,SMD,1\n")
    (tmp_path / "m.csv").write_text("v0,v1,label\n1,5,0\n2,6,0\n3,,1\n")
    (series,) = read_family(tmp_path, "SMD")
    assert series.channels is not None
    assert series.values.tolist() == [2, 3]
    np.testing.assert_array_equal(series.channels, [[2, 6], [3, np.nan]])
    assert series.labels.tolist() == [False, True]
    assert families_in(tmp_path) == ["SMD", "clean"]


def test_a_folder_that_holds_neither_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="checkout of the NAB repository"):
        list(read_family(tmp_path, "NAB"))
    with pytest.raises(UnreadableFile, match=r"index\.csv"):
        families_in(tmp_path)


def test_the_clean_series_need_no_folder_and_are_always_the_same() -> None:
    first, again = (list(read_family(None, "clean")) for _ in range(2))
    assert len(first) == 5
    for one, other in zip(first, again, strict=True):
        assert not one.labels.any()
        np.testing.assert_array_equal(one.values, other.values)
    with pytest.raises(InvalidParameter, match="--data"):
        read_family(None, "NAB")


def test_an_own_file_is_taken_in_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("timestamp,value,bad\n3,30,yes\n1,10,no\n2,20,\n")
    series = read_own_file(path, label_column="bad")
    assert series.values.tolist() == [10, 20, 30]
    assert series.labels.tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("column", "says"), [("worse", "no column 'worse'"), ("value", "'10' is no label")]
)
def test_labels_that_are_none_are_told(tmp_path: Path, column: str, says: str) -> None:
    path = tmp_path / "own.csv"
    path.write_text("timestamp,value,bad\n1,10,no\n")
    with pytest.raises(UnreadableFile, match=says):
        read_own_file(path, label_column=column)
