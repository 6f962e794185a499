"""States as files: whole, checked, never a pickle."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from standout.detectors.archive import read_archive, write_archive

STATE: dict[str, Any] = {
    "a/b": np.arange(6.0).reshape(2, 3),
    "text": np.array(["x", "ü"]),
    "yes": np.array([True, False]),
    "none": None,
    "number": 1.5,
    "word": "é",
}


def test_a_state_comes_back_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "model"
    sha256, size = write_archive(path, STATE)
    found = read_archive(path, sha256=sha256)
    assert found.keys() == STATE.keys()
    for key, value in STATE.items():
        if isinstance(value, np.ndarray):
            assert found[key].dtype == value.dtype
            assert (found[key] == value).all()
        else:
            assert found[key] == value
    assert size == path.stat().st_size
    assert write_archive(tmp_path / "again", STATE)[0] == sha256
    with np.load(path, allow_pickle=False) as loaded:
        assert (loaded["a/b"] == STATE["a/b"]).all()


def test_objects_are_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        write_archive(tmp_path / "model", {"a": np.array([object()])})


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.99])
def test_a_changed_byte_is_seen(tmp_path: Path, place: float) -> None:
    path = tmp_path / "model"
    sha256, size = write_archive(path, STATE)
    data = bytearray(path.read_bytes())
    data[int(place * size)] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ValueError, match="SHA-256"):
        read_archive(path, sha256=sha256)


def test_a_pickle_inside_is_not_loaded(tmp_path: Path) -> None:
    path = tmp_path / "model"
    write_archive(path, {"a": np.arange(3)})
    with zipfile.ZipFile(path, "a") as archive, archive.open("b.npy", "w") as entry:
        np.lib.format.write_array(entry, np.array([{"x": 1}], object), allow_pickle=True)
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        read_archive(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no zip at all"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no archive of a model"):
        read_archive(path)
