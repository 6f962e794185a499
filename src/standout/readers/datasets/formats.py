"""What a file is, by its bytes; its name may say something else."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Final

from standout.errors import UnreadableFile

CSV, JSON, JSON_LINES, PARQUET, ARROW_FILE, ARROW_STREAM = FORMATS = (
    "csv",
    "json",
    "jsonl",
    "parquet",
    "arrow",
    "arrow-stream",
)
WANTED: Final = "CSV, JSON, JSON Lines, Parquet or Arrow"

_MAGIC: Final = (
    (b"PAR1", PARQUET),
    (b"ARROW1", ARROW_FILE),
    (b"\xff\xff\xff\xff", ARROW_STREAM),
)
# What is often named as if it were a table.
_OTHERS: Final = (
    (b"PK\x03\x04", "a zip or a spreadsheet (xlsx, ods)"),
    (b"PK\x05\x06", "an empty zip"),
    (b"\x1f\x8b", "a gzip"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (xls)"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"PAGE\x00", "a feather file of version 1"),
    (b"FEA1", "a feather file of version 1"),
)
_HEAD_BYTES: Final = 4_096
_WIDE: Final = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


def find_format(path: Path, name: str) -> str:
    """Return one of `FORMATS`.

    Parameters
    ----------
    path
        The file.
    name
        What it is called when it is told of.

    Raises
    ------
    UnreadableFile
        It is empty, or something else, which is named where it is known.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    for magic, found in _MAGIC:
        if head.startswith(magic):
            return found
    for magic, other in _OTHERS:
        # The short ones are words that a header may begin with.
        if head.startswith(magic) and (len(magic) > len("BZh") or b"\x00" in head):
            raise UnreadableFile(f"{name} is {other}; unpack or export it as {WANTED}.")
    if head.startswith(b"\x1f\x8b"):
        raise UnreadableFile(f"{name} is a gzip; unpack it, as {WANTED}.")
    return _of_text(head, name)


def _of_text(head: bytes, name: str) -> str:
    wide = next((code for mark, code in _WIDE.items() if head.startswith(mark)), None)
    text = (
        head.decode(wide, "ignore")
        if wide
        else head.removeprefix(codecs.BOM_UTF8).decode("latin-1")
    )
    begin = text.lstrip()
    if not begin:
        raise UnreadableFile(f"{name} is empty; a header and at least one row were wanted.")
    if begin.startswith("["):
        return JSON
    return JSON_LINES if begin.startswith("{") else CSV
