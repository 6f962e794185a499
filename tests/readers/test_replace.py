from pathlib import Path

import pytest

from standout.errors import DataFolderUnwritable
from standout.readers.replace import replace_file


def test_the_file_and_its_folder_are_made(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.csv"
    replace_file(path, b"one")
    replace_file(path, b"two")
    assert path.read_bytes() == b"two"
    assert [found.name for found in path.parent.iterdir()] == ["file.csv"]


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataFolderUnwritable, match="cannot be written"):
        replace_file(tmp_path / "file" / "below.csv", b"")


def test_a_failed_move_leaves_no_rest(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    with pytest.raises(DataFolderUnwritable):
        replace_file(tmp_path / "place", b"content")
    assert [found.name for found in tmp_path.iterdir()] == ["place"]
