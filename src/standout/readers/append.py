"""Add rows to a CSV file that several may write at one time."""

from __future__ import annotations

import csv
import fcntl
import os
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from standout.errors import DataFolderUnwritable

_TAIL_BYTES = 65_536


def append_rows(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Add rows at the end of a CSV file; made with its header and its folder if missing.

    The file is locked meanwhile, against other threads and processes that use this. All rows are
    written at once; a last line that a crash cut off is removed first, and what is written is on
    the disk when this returns.

    Raises
    ------
    DataFolderUnwritable
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Not through a link, which may lead out of the folder.
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        handle = os.open(path, flags, 0o666)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            size = _mend(handle)
            _write_all(handle, _as_csv([*([] if size else [header]), *rows]))
            os.fdatasync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataFolderUnwritable(f"{path} cannot be written: {reason}.") from None


def _mend(handle: int) -> int:
    """Remove a last line without end; return the size that is left."""
    size = os.fstat(handle).st_size
    while size:
        first = max(0, size - _TAIL_BYTES)
        tail = os.pread(handle, size - first, first)
        kept = first + tail.rfind(b"\n") + 1
        if kept > first or not first:
            if kept < os.fstat(handle).st_size:
                os.ftruncate(handle, kept)
            return kept
        size = first
    return size


def _write_all(handle: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _as_csv(rows: Sequence[Sequence[object]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
