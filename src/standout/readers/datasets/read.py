"""Read a dataset: find its format, read it, and tell how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from standout.errors import UnreadableFile
from standout.readers.datasets.cells import epoch, typed
from standout.readers.datasets.columnar import read_columnar, simplified
from standout.readers.datasets.delimited import MAX_COLUMNS, read_delimited
from standout.readers.datasets.formats import CSV, JSON, JSON_LINES, find_format
from standout.readers.datasets.objects import read_objects
from standout.readers.datasets.texts import as_utf8

SAMPLE_ROWS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDataset:
    """A table, and how it was written.

    Parameters
    ----------
    frame
        Columns of Int64, Float64, Boolean, String and moments in UTC.
    format
        "csv", "json", "jsonl", "parquet", "arrow" or "arrow-stream".
    delimiter, encoding, header
        Of a CSV; None otherwise.
    decimal_comma
        Columns whose numbers were written with a comma.
    warnings
        What a person should know, in words.
    """

    frame: pl.DataFrame
    format: str
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | None = None
    decimal_comma: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_dataset(path: Path, name: str) -> ReadDataset:
    """Read a file as a table.

    Parameters
    ----------
    path
        The file; beside it a second one is written, and removed, where its text is not UTF-8.
    name
        What it is called when it is told of.

    Raises
    ------
    UnreadableFile
        It is no table, or broken; says where.
    MessageTooLarge
        It unpacks to more than is read.

    Notes
    -----
    O(cells) time; memory for the table as text and as numbers, about three times the file.
    """
    form = find_format(path, name)
    rewritten = path.with_name(f"{path.name}.utf8")
    try:
        if form == CSV:
            read = _csv(path, rewritten, name)
        elif form in {JSON, JSON_LINES}:
            read = _json(path, rewritten, form, name)
        else:
            read = _columnar(path, form, name)
    finally:
        rewritten.unlink(missing_ok=True)
    if not read.frame.width and read.warnings:
        raise UnreadableFile(f"{name} has no column that can be used. {read.warnings[0]}")
    if not read.frame.width or not read.frame.height:
        raise UnreadableFile(f"{name} has no rows; at least one was wanted.")
    if read.frame.width > MAX_COLUMNS:
        found = f"{name} has {read.frame.width:,} columns"
        raise UnreadableFile(f"{found}; at most {MAX_COLUMNS:,} are read.")
    return read


def _csv(path: Path, rewritten: Path, name: str) -> ReadDataset:
    text, encoding = as_utf8(path, rewritten, name)
    read = read_delimited(text, name)
    columns, commas, warnings = _typed(read.frame.iter_columns(), read.delimiter)
    if not read.header:
        warnings.insert(0, "There is no header; the columns are numbered.")
    return ReadDataset(
        frame=pl.DataFrame(columns),
        format=CSV,
        delimiter=read.delimiter,
        encoding=encoding,
        header=read.header,
        decimal_comma=commas,
        warnings=warnings,
    )


def _json(path: Path, rewritten: Path, form: str, name: str) -> ReadDataset:
    text, encoding = as_utf8(path, rewritten, name)
    frame, warnings = simplified(read_objects(text, form, name))
    texts = [column for column in frame.iter_columns() if column.dtype == pl.String]
    columns, _, more = _typed(texts, delimiter="")
    frame = frame.with_columns(columns).with_columns(
        [epoch(column) for column in frame.iter_columns() if column.dtype.is_numeric()]
    )
    return ReadDataset(frame=frame, format=form, encoding=encoding, warnings=warnings + more)


def _columnar(path: Path, form: str, name: str) -> ReadDataset:
    frame, left_out = read_columnar(path, form, name)
    frame, warnings = simplified(frame)
    named = {column.name: column.name.strip() for column in frame.iter_columns()}
    if len(set(named.values())) == len(named) and all(named.values()):
        frame = frame.rename(named)
    frame = frame.with_columns(
        [epoch(column) for column in frame.iter_columns() if column.dtype.is_numeric()]
    )
    return ReadDataset(frame=frame, format=form, warnings=left_out + warnings)


def _typed(
    columns: Iterable[pl.Series], delimiter: str
) -> tuple[list[pl.Series], list[str], list[str]]:
    """Type columns of text; return them, those with a decimal comma, and warnings."""
    kept, commas, warnings = [], [], []
    for column in columns:
        found = typed(column, delimiter=delimiter)
        kept.append(found.column)
        if found.decimal_comma:
            commas.append(column.name)
        if found.warning:
            warnings.append(found.warning)
    return kept, commas, warnings
