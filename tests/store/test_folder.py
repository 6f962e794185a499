"""The data folder and its lock."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from standout.errors import DataFolderLocked, DataFolderUnwritable
from standout.store.folder import DataFolder

HOLDER = """
import pathlib, sys, time
from standout.store.folder import DataFolder
folder = DataFolder(pathlib.Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def test_a_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "a" / "b") as folder:
        assert folder.path.is_dir()
        assert sorted(found.name for found in folder.path.iterdir()) == ["standout.lock"]


def test_a_held_folder_is_refused_until_it_is_closed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)

    with pytest.raises(DataFolderLocked, match=rf"{tmp_path} .* \(process {os.getpid()}\)"):
        DataFolder(tmp_path)

    folder.close()
    folder.close()
    DataFolder(tmp_path).close()


def test_a_killed_holder_leaves_the_folder_free(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(DataFolderLocked, match=rf"\(process {child.pid}\)"):
            DataFolder(tmp_path)
        child.kill()
    assert child.returncode == -9

    with DataFolder(tmp_path):
        assert (tmp_path / "standout.lock").read_text() == f"{os.getpid()}\n"


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")

    with pytest.raises(DataFolderUnwritable, match="cannot be made: File exists"):
        DataFolder(tmp_path / "data")
    with pytest.raises(DataFolderUnwritable, match="cannot be made: Not a directory"):
        DataFolder(tmp_path / "data" / "deeper")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody may write")
def test_a_folder_that_takes_no_files_is_told() -> None:
    # Nobody, not even root, can make a file here, though the folder exists.
    with pytest.raises(DataFolderUnwritable, match=r"/proc/self cannot be written"):
        DataFolder(Path("/proc/self"))


def test_a_lock_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "standout.lock").mkdir()

    with pytest.raises(DataFolderUnwritable, match="cannot be locked"):
        DataFolder(tmp_path)
