"""A state as one file: arrays and JSON in a zip, with its format; never a pickle.

The file is what ``numpy.savez`` writes, so that ``numpy.load`` reads it without this package.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np

FORMAT: Final = 1
_SCALARS: Final = "standout.json"
_BLOCK_BYTES: Final = 1 << 20
# Zip's earliest time: the same state makes the same bytes, whenever it is written.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)


def write_archive(path: Path, state: Mapping[str, Any]) -> tuple[str, int]:
    """Write a state, durably; return the file's SHA-256 in hex and its bytes.

    Parameters
    ----------
    state
        Names to arrays of numbers, text or truth values, and to JSON scalars.

    Raises
    ------
    ValueError
        An array holds objects.
    OSError
        The file cannot be written.
    """
    scalars = {key: value for key, value in state.items() if not isinstance(value, np.ndarray)}
    with path.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            told = json.dumps({"format": FORMAT, "scalars": scalars}, allow_nan=True)
            archive.writestr(zipfile.ZipInfo(_SCALARS, _NO_TIME), told)
            for key, value in state.items():
                if isinstance(value, np.ndarray):
                    archive.writestr(zipfile.ZipInfo(f"{key}.npy", _NO_TIME), _packed(value))
        file.flush()
        os.fsync(file.fileno())
    return digest(path), path.stat().st_size


def read_archive(path: Path, *, sha256: str | None = None) -> dict[str, Any]:
    """Return the state that `write_archive` wrote.

    Parameters
    ----------
    sha256
        What the file must have; not checked if None.

    Raises
    ------
    ValueError
        Another checksum or format, or a broken file; nothing of it was used.
    OSError
        The file cannot be read.
    """
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        msg = f"its SHA-256 is {found[:16]}…, and was {sha256[:16]}… when it was written"
        raise ValueError(msg)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            told = json.loads(archive.read(_SCALARS))
            if told["format"] != FORMAT:
                msg = f"its format is {told['format']!r}, and {FORMAT} was wanted"
                raise ValueError(msg)
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            arrays = {name.removesuffix(".npy"): _unpacked(archive.read(name)) for name in names}
    except (zipfile.BadZipFile, KeyError, EOFError, TypeError) as error:
        msg = f"it is no archive of a model: {error}"
        raise ValueError(msg) from error
    return {**told["scalars"], **arrays}


def digest(path: Path) -> str:
    """Return a file's SHA-256 in hex. About 1 s a gigabyte."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            found.update(block)
    return found.hexdigest()


def _packed(array: np.ndarray[Any, Any]) -> bytes:
    buffer = BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _unpacked(data: bytes) -> np.ndarray[Any, Any]:
    return np.lib.format.read_array(BytesIO(data), allow_pickle=False)
