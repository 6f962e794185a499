"""Write a file so that it is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from standout.errors import DataFolderUnwritable


def replace_file(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; makes its folder.

    Raises
    ------
    DataFolderUnwritable
        The folder cannot be made or written; the file that was there is unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            # mkstemp makes files that only their owner reads; a new file follows the umask.
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataFolderUnwritable(f"{path} cannot be written: {reason}.") from None


def _umask() -> int:
    current = os.umask(0o022)
    os.umask(current)
    return current
