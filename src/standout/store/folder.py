"""The one folder that holds everything, and the lock that keeps a second server out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, Self

from filelock import FileLock, Timeout

from standout.errors import DataFolderLocked, DataFolderUnwritable

LOCK_NAME: Final = "standout.lock"


class DataFolder:
    """A folder that this process may write and no other holds, until it is closed.

    The lock is the operating system's: it is free again when its holder is gone, even by
    ``kill -9``. It guards one machine; on a network drive it is only as good as the drive's locks.

    Parameters
    ----------
    path
        The folder; made if missing, with its parents.

    Raises
    ------
    DataFolderUnwritable
        It cannot be made, or nothing can be written in it.
    DataFolderLocked
        Another process holds it, or this one does already.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _make_and_try(path)
        # Any thread may close the folder. The holder's number is for people to read.
        self._lock = FileLock(path / LOCK_NAME, thread_local=False, on_acquired=_write_pid)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise DataFolderLocked(
                f"The data folder {path.absolute()} is held by another server"
                f"{_holder(path / LOCK_NAME)}. Stop that server, or choose another folder."
            ) from None
        except OSError as error:
            raise DataFolderUnwritable(_sentence(path, "locked", error)) from error

    def close(self) -> None:
        """Let go of the folder; a second call does nothing."""
        self._lock.release(force=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _make_and_try(path: Path) -> None:
    """Make the folder and write a file in it: permissions alone do not tell of a full disk."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataFolderUnwritable(_sentence(path, "made", error)) from error
    trial = path / f".standout-trial-{os.getpid()}"
    try:
        try:
            trial.write_bytes(b"may this be written?\n")
        finally:
            trial.unlink(missing_ok=True)
    except OSError as error:
        raise DataFolderUnwritable(_sentence(path, "written", error)) from error


def _sentence(path: Path, done: str, error: OSError) -> str:
    reason = error.strerror or str(error)
    return (
        f"The data folder {path.absolute()} cannot be {done}: {reason}. Give this user the right"
        " to write there and room on the disk, or choose another folder."
    )


def _write_pid(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _holder(lock: Path) -> str:
    try:
        return f" (process {int(lock.read_text())})"
    except (OSError, ValueError):
        return ""
