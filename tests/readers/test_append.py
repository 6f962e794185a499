"""Rows that several write to one file."""

from __future__ import annotations

import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from standout.errors import DataFolderUnwritable
from standout.readers.append import append_rows

HEADER = ("timestamp", "value", "reason")


def table(path: Path) -> list[list[str]]:
    with path.open(newline="") as file:
        return list(csv.reader(file))


def test_a_header_once_and_cells_that_need_quotes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "found.csv"
    append_rows(path, HEADER, [("a,b", 1.5, 'say "so"')])
    append_rows(path, HEADER, [("two\nlines", 2, "")])
    assert table(path) == [list(HEADER), ["a,b", "1.5", 'say "so"'], ["two\nlines", "2", ""]]


@pytest.mark.parametrize("torn", ["timest", "timestamp,value,reason\n1,2,3\n4,5", "x" * 200_000])
def test_a_line_that_a_crash_cut_off_is_removed(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "found.csv"
    path.write_text(torn)
    append_rows(path, HEADER, [(7, 8, "nine")])
    kept = [["1", "2", "3"]] if "\n" in torn else []
    assert table(path) == [list(HEADER), *kept, ["7", "8", "nine"]]


def test_many_threads_and_processes_lose_no_row(tmp_path: Path) -> None:
    path = tmp_path / "found.csv"
    code = (
        "import sys, pathlib\n"
        "from standout.readers.append import append_rows\n"
        "for i in range(40):\n"
        f"    append_rows(pathlib.Path({str(path)!r}), {HEADER!r}, [(sys.argv[1], i, 'r' * 300)])\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", code, f"p{n}"]) for n in range(2)]

    def write(name: str) -> None:
        for i in range(40):
            append_rows(path, HEADER, [(name, i, "r" * 300)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, [f"t{n}" for n in range(4)]))
    assert [other.wait(60) for other in others] == [0, 0]
    first, *rows = table(path)
    assert first == list(HEADER)
    assert sorted((name, int(i)) for name, i, _ in rows) == sorted(
        (name, i) for name in ("p0", "p1", "t0", "t1", "t2", "t3") for i in range(40)
    )


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderUnwritable, match="cannot be written"):
        append_rows(tmp_path / "file" / "found.csv", HEADER, [])
    (tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(DataFolderUnwritable):
        append_rows(tmp_path / "link.csv", HEADER, [(1, 2, 3)])
    assert not (tmp_path / "elsewhere.csv").exists()
