"""Text files as UTF-8 with line feeds, whatever they were written as."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from standout.errors import UnreadableFile

_BLOCK_BYTES: Final = 1 << 20
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))


def as_utf8(path: Path, beside: Path, name: str) -> tuple[Path, str]:
    """Return a path with the file's text as plain UTF-8, and what it was encoded in.

    Parameters
    ----------
    path
        UTF-8 with or without a byte order mark, UTF-16 with one, or Windows-1252.
    beside
        Where a rewritten text goes, if it must be; the caller removes it.
    name
        What the file is called when it is told of.

    Raises
    ------
    UnreadableFile
        It is no text.
    """
    with path.open("rb") as file:
        head = file.read(_BLOCK_BYTES)
    encoding = next((code for mark, code in _MARKS if head.startswith(mark)), "utf-8")
    if encoding != "utf-16" and any(control in head for control in _CONTROLS):
        raise UnreadableFile(f"{name} is not a text file; a table was wanted.")
    if encoding != "utf-16" and not _decodes(path, encoding):
        encoding = "cp1252"
    # Line ends of old: carriage returns alone.
    returns = b"\n" not in head and b"\r" in head
    if encoding == "utf-8" and not returns:
        return path, encoding
    with beside.open("wb") as file:
        for block in _decoded(path, encoding):
            file.write((block.replace("\r", "\n") if returns else block).encode())
    return beside, encoding.removesuffix("-sig")


def _decodes(path: Path, encoding: str) -> bool:
    try:
        for _ in _decoded(path, encoding, errors="strict"):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _decoded(path: Path, encoding: str, errors: str = "replace") -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            yield decoder.decode(block)
    yield decoder.decode(b"", final=True)
