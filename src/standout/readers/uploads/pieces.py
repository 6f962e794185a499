"""Pieces: a bounded run of rows of an upload, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import polars as pl

from standout.types import Values

Stamps: TypeAlias = list[int | float | str] | pl.Series
"""Timestamps as they were sent: from JSON a list, from tables a column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows of an upload that follow each other, ``n`` of them.

    Parameters
    ----------
    timestamps
        As they were sent; shape ``(n,)``.
    values
        nan is a missing value; shape ``(n,)``.
    first_row
        Number of its first row in the upload, from 1.
    ids
        The stream of each row, where the upload names one in each row.
    line_of
        Tells the line of one of its rows (counted from 0), in formats that have lines.
    """

    timestamps: Stamps
    values: Values
    first_row: int
    ids: pl.Series | None = None
    line_of: Callable[[int], int] | None = None

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.values)

    def head(self, rows: int) -> Piece:
        """Return the first rows."""
        return replace(self.part(slice(0, rows)), line_of=self.line_of)

    def part(self, rows: slice) -> Piece:
        """Return rows that follow each other; they do not know their lines any more."""
        return replace(
            self,
            timestamps=self.timestamps[rows],
            values=self.values[rows],
            first_row=self.first_row + (rows.start or 0),
            ids=None if self.ids is None else self.ids[rows],
            line_of=None,
        )

    def where(self, row: int) -> tuple[int, int | None]:
        """Return number and line of one of its rows, which is counted from 0."""
        return self.first_row + row, None if self.line_of is None else self.line_of(row)


class PieceReader(Protocol):
    """Turns the bytes of one upload into pieces.

    Both calls give the pieces of the rows before a mistake, then raise `InvalidInput` for it, with
    its row. They do the work while they are iterated, so iterate them where it may take time.
    """

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take the next bytes, at most about a megabyte."""
        ...

    def end(self) -> Iterator[Piece]:
        """Take what is left at the end of the upload."""
        ...
