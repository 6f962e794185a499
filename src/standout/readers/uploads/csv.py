"""CSV, a block of lines at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import polars as pl
from polars.exceptions import PolarsError

from standout.errors import InvalidInput, MalformedMessage
from standout.readers.numbers import MISSING, numbers, present
from standout.readers.sniff import DELIMITERS
from standout.readers.uploads.lines import Block, LineBlocks
from standout.readers.uploads.pieces import Piece
from standout.readers.uploads.table import (
    ID,
    SEQ,
    TIMESTAMP,
    VALUE,
    channel_columns,
    check_columns,
    first,
    joined_columns,
    keys_of,
    named_channels,
)


class CsvReader:
    """Reads a header, then rows.

    Commas, semicolons (with decimal commas allowed), tabs or pipes part the cells; a quoted cell
    may hold the delimiter, but no line break.

    Parameters
    ----------
    by_id
        Whether a column `id` names the stream of each row.
    ignored
        Columns besides those of a verdict that are read over.
    """

    def __init__(self, *, by_id: bool = False, ignored: frozenset[str] = frozenset()) -> None:
        self._by_id = by_id
        self._ignored = ignored
        self._blocks = LineBlocks()
        self._names: list[str] = []
        self._delimiter = ","
        self._rows = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take the next bytes."""
        yield from self._read(self._blocks.feed(data))

    def end(self) -> Iterator[Piece]:
        """Take what is left."""
        yield from self._read(self._blocks.end())

    def _read(self, block: Block | None) -> Iterator[Piece]:
        if block is not None and not self._names:
            block = self._take_header(block)
        if block is None or not block.data.strip():
            return
        frame, error = self._frame(block)
        if len(frame):
            yield from self._piece(frame, block)
        if error is not None:
            raise error

    def _take_header(self, block: Block) -> Block | None:
        for line, data in block.lines():
            text = _text(data, line)
            self._delimiter = next(
                (d for d in DELIMITERS if TIMESTAMP in _cells(text, d)), DELIMITERS[0]
            )
            self._names = [cell.strip() for cell in _cells(text, self._delimiter)]
            check_columns(self._names, by_id=self._by_id, ignored=self._ignored)
            after = line - block.first_line + 1
            parts = block.data.split(b"\n", after)
            return Block(parts[after] if len(parts) > after else b"", line + 1)
        return None

    def _frame(self, block: Block) -> tuple[pl.DataFrame, InvalidInput | None]:
        """Return the cells of the rows before the first one that is no row, and what it is."""
        try:
            frame = self._parse(block.data)
        except PolarsError:
            return self._until_mistake(block)
        # Polars fills a row that is too short; a cut one would become another number.
        parted = block.data.count(self._delimiter.encode()) == len(frame) * (len(self._names) - 1)
        return (frame, None) if parted else self._until_mistake(block)

    def _parse(self, data: bytes) -> pl.DataFrame:
        frame = pl.read_csv(
            data,
            separator=self._delimiter,
            has_header=False,
            new_columns=self._names,
            infer_schema=False,
        )
        if frame.width != len(self._names):
            raise pl.exceptions.ComputeError("another width")
        if b"\n\n" in data or b"\n\r" in data or data[:1] in b"\r\n":
            frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
        return frame

    def _until_mistake(self, block: Block) -> tuple[pl.DataFrame, InvalidInput | None]:
        rows: list[list[str]] = []
        error: InvalidInput | None = None
        for line, data in block.lines():
            try:
                cells = _cells(_text(data, line), self._delimiter)
                wrong = len(cells) != len(self._names)
                why = f"{len(cells)} cells, but the header has {len(self._names)}."
            except MalformedMessage as found:
                wrong, why = True, str(found)
            if wrong:
                error = MalformedMessage(why).at(self._rows + len(rows) + 1, line)
                break
            rows.append(cells)
        schema = dict.fromkeys(self._names, pl.String)
        return pl.DataFrame(rows, schema=schema, orient="row"), error

    def _piece(self, frame: pl.DataFrame, block: Block) -> Iterator[Piece]:
        names = channel_columns(self._names)
        columns = [self._values(frame[name]) for name in names or [VALUE]]
        wrongs = [first(values.is_null() | values.is_infinite()) for values in columns]
        bad = min(len(frame) if wrong is None else wrong for wrong in wrongs)
        first_row = self._rows + 1
        self._rows += bad
        if bad:
            yield Piece(
                timestamps=frame[TIMESTAMP].fill_null(""),
                values=joined_columns(columns),
                first_row=first_row,
                ids=frame[ID].fill_null("") if self._by_id else None,
                line_of=block.line_of,
                keys=keys_of(frame[SEQ]) if SEQ in self._names else None,
                channels=named_channels(names),
            ).head(bad)
        if bad < len(frame):
            cell = frame[(names or [VALUE])[wrongs.index(bad)]][bad]
            text = f"{_shown(cell)} is not a finite number; leave the cell empty if none."
            raise MalformedMessage(text).at(first_row + bad, block.line_of(bad))

    def _values(self, cells: pl.Series) -> pl.Series:
        """Return numbers: nan where a cell says that there is none, null where it is no number."""
        read = cells.cast(pl.Float64, strict=False)
        if not read.null_count():
            return read
        known = present(cells)
        again = numbers(known, decimal_comma=self._delimiter == ";")
        # A cell of its own that is infinite must stay a mistake.
        missing = known.is_null() | known.str.to_lowercase().is_in(MISSING)
        return pl.select(pl.when(missing).then(float("nan")).otherwise(again)).to_series()


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise MalformedMessage(f"{_shown(text)} is no row of CSV: {error}.") from None
    return rows[0] if rows else []


def _text(data: bytes, line: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise MalformedMessage(f"Line {line} is not UTF-8.") from None


def _shown(cell: str) -> str:
    longest = 60
    return repr(cell if len(cell) <= longest else cell[:longest] + "…")
