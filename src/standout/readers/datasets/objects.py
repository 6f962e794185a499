"""JSON: an array of objects, or an object a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from standout.errors import UnreadableFile
from standout.readers.datasets.columnar import check_cells
from standout.readers.datasets.delimited import MAX_COLUMNS
from standout.readers.datasets.formats import JSON_LINES

_SHOWN: Final = 60
_KEY: Final = r'"(?:[^"\\]|\\.)*"\s*:'
_BLOCK_CHARACTERS: Final = 8 << 20


def read_objects(path: Path, form: str, name: str) -> pl.DataFrame:
    """Read objects as rows; a key that one does not have is missing there.

    Raises
    ------
    UnreadableFile
        It is no JSON, with the line, or no objects; or values of one key cannot stand in one
        column; or there are too many keys.
    MessageTooLarge
        It would unpack to more cells than are read.
    """
    _check_keys(path, name)
    try:
        if form == JSON_LINES:
            frame = pl.read_ndjson(path, infer_schema_length=None)
        else:
            frame = pl.read_json(path, infer_schema_length=None)
    except (PolarsError, OSError, pl.exceptions.PanicException) as error:
        raise _why(path, form, name, error) from error
    if frame.is_empty():
        raise UnreadableFile(f"{name} has no rows; at least one object with a value was wanted.")
    return frame


def _check_keys(path: Path, name: str) -> None:
    """Refuse objects that each have keys of their own: their table has the square of the cells.

    Keys within values count, too, and one that the end of a block cuts may not.
    """
    keys: set[str] = set()
    objects = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        while block := file.read(_BLOCK_CHARACTERS):
            found = pl.Series([block]).str.extract_all(_KEY).explode().drop_nulls().unique()
            objects += block.count("{")
            keys.update(found.head(MAX_COLUMNS + 1))
            if len(keys) > MAX_COLUMNS:
                told = f"{name} has objects with more than {MAX_COLUMNS:,} different keys"
                raise UnreadableFile(f"{told}; at most so many columns are read.")
    check_cells(objects, len(keys), name)


def _why(path: Path, form: str, name: str, error: Exception) -> UnreadableFile:
    if form == JSON_LINES:
        with path.open(encoding="utf-8", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and (wrong := _wrong(line)):
                    return UnreadableFile(f"{name}, line {number}: {wrong}.")
    elif wrong := _wrong_array(path.read_text(encoding="utf-8", errors="replace")):
        return UnreadableFile(f"{name}: {wrong}.")
    reason = str(error).strip().splitlines()[0][:200]
    return UnreadableFile(f"{name} is no table of objects: {reason}.")


def _wrong(line: str) -> str:
    """Tell what is wrong with one line, or nothing."""
    shown = repr(line.strip()[:_SHOWN])
    try:
        found = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return f"{shown} is no JSON object: {_told(error)}"
    return "" if isinstance(found, dict) else f"an object was wanted, got {shown}"


def _wrong_array(text: str) -> str:
    try:
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON: {_told(error)}"
    if isinstance(found, list):
        for row, value in enumerate(found, 1):
            if not isinstance(value, dict):
                return f"row {row}: an object was wanted, got {json.dumps(value)[:_SHOWN]}"
    return ""


def _told(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _refuse(constant: str) -> None:
    msg = f"{constant} is not JSON; write null for a missing value"
    raise ValueError(msg)
