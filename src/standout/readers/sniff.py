"""Find out how a text file was written: its encoding, its delimiter, its header."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from standout.errors import UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_ROWS = 50
SAMPLE_CHARACTERS = 1 << 16

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GZIP = b"\x1f\x8b"
_CONTROLS = frozenset(map(chr, range(32))) - frozenset("\t\n\r\f\x1a")


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text without byte order mark, and the character between its cells."""

    content: str
    delimiter: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give each row with its line in the file, from 1; slow, for samples and for errors."""
        reader = csv.reader(StringIO(self.content, newline=""), delimiter=self.delimiter)
        line = 1
        for row in reader:
            yield line, row
            line = reader.line_num + 1


def sniff(path: Path, shown: Path | None = None) -> Text:
    """Read a file as delimited text.

    Parameters
    ----------
    path
        A text file: UTF-8 with or without byte order mark, UTF-16 with one, or Windows-1252.
    shown
        What it is called where something is wrong with it; None is `path`.

    Raises
    ------
    UnreadableFile
        No such file, a folder, no right to read it, empty, or not text.
    """
    shown = shown or path
    content = _decode(shown, _read(path))
    if not content.strip():
        raise UnreadableFile(f"{shown} is empty; a header and at least one row were wanted.")
    if "\n" not in content:
        content = content.replace("\r", "\n")
    return Text(content, find_delimiter(content))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise UnreadableFile(f"There is no file {path}; check the path.") from None
    except IsADirectoryError:
        raise UnreadableFile(f"{path} is a folder; name a CSV file in it.") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UnreadableFile(f"{path} cannot be read: {reason}.") from None


def _decode(path: Path, raw: bytes) -> str:
    if raw.startswith(_GZIP):
        raise UnreadableFile(f"{path} is packed with gzip; unpack it first.")
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    try:
        content = raw.decode(encoding)
    except UnicodeDecodeError:
        # What spreadsheets on Windows write; every byte has a character there or in Latin-1.
        content = raw.decode("latin-1" if b"\x81" in raw else "cp1252", errors="replace")
    if not _CONTROLS.isdisjoint(content[:SAMPLE_CHARACTERS]):
        raise UnreadableFile(f"{path} is not a text file; a CSV file was wanted.")
    return content


def find_delimiter(content: str) -> str:
    """Choose the delimiter with the most columns, among those with the same count in each row."""
    best, best_rank = DELIMITERS[0], (False, 1)
    for delimiter in DELIMITERS:
        widths = _widths(content[:SAMPLE_CHARACTERS], delimiter)
        rank = (len(set(widths)) == 1 and widths[0] > 1, widths[0])
        if rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def _widths(sample: str, delimiter: str) -> list[int]:
    rows = csv.reader(StringIO(sample, newline=""), delimiter=delimiter)
    try:
        return [len(row) for row in islice(rows, SAMPLE_ROWS) if row] or [1]
    except csv.Error:  # a cell without end, under this delimiter
        return [1]
