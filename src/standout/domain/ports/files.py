"""What the services ask of a folder of files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol


class FileShelf(Protocol):
    """Keeps files whole or not at all. Its calls block.

    A file is written as a draft, a path that nobody else has, and becomes durable and visible
    under its name when it is published.
    """

    def draft(self) -> Path:
        """Return a path for a new file; raises `DataFolderUnwritable` if there can be none."""
        ...

    def publish(self, draft: Path, name: str) -> Path:
        """Make a draft durable under a name; raises `DataFolderUnwritable`, and it is gone."""
        ...

    def path(self, name: str) -> Path:
        """Return where a published file is, or would be."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; one that is not there is no matter."""
        ...

    def sweep(self) -> None:
        """Remove the drafts that an earlier server left."""
        ...
