"""Files in a folder, whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from standout.errors import DataFolderUnwritable

_DRAFT: Final = ".standout-draft-"


class FolderShelf:
    """A `FileShelf` in one folder, which is made when it is first written.

    Parameters
    ----------
    folder
        The folder; other files in it are left alone.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def draft(self) -> Path:
        """Return a path for a new file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(self._folder, error) from error
        return self._folder / f"{_DRAFT}{secrets.token_hex(8)}"

    def publish(self, draft: Path, name: str) -> Path:
        """Make a draft durable under a name."""
        path = self._folder / name
        try:
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            draft.replace(path)
            handle = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise _unwritable(path, error) from error
        return path

    def path(self, name: str) -> Path:
        """Return where a published file is, or would be."""
        return self._folder / name

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; what cannot be removed stays, and is found by nobody."""
        for name in names:
            with suppress(OSError):
                (self._folder / name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove the drafts that an earlier server left."""
        for left in self._folder.glob(f"{_DRAFT}*"):
            with suppress(OSError):
                left.unlink()


def _unwritable(path: Path, error: OSError) -> DataFolderUnwritable:
    reason = error.strerror or str(error)
    return DataFolderUnwritable(f"{path} cannot be written: {reason}.")
