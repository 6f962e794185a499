"""Pieces: a bounded run of rows of an upload, as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

import polars as pl

from standout.readers.uploads.channels import SentChannels
from standout.types import Batch, Counts, Values

Stamps: TypeAlias = list[int | float | str] | pl.Series
"""Timestamps as they were sent: from JSON a list, from tables a column."""

NO_SEQ = -1
"""The number of a row that was sent without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Rows of an upload that follow each other, ``n`` of them.

    Parameters
    ----------
    timestamps
        As they were sent; shape ``(n,)``.
    values
        nan is a missing value; shape ``(n,)``, or ``(n, d)`` where several channels were sent.
    first_row
        Number of its first row in the upload, from 1.
    ids
        The stream of each row, where the upload names one in each row.
    line_of
        Tells the line of one of its rows (counted from 0), in formats that have lines.
    keys
        The senders' own numbers, -1 where there is none; None where none was sent.
    channels
        What is told of the channels, if anything is.
    """

    timestamps: Stamps
    values: Values | Batch
    first_row: int
    ids: pl.Series | None = None
    line_of: Callable[[int], int] | None = None
    keys: Counts | None = None
    channels: SentChannels | None = None

    def __len__(self) -> int:
        """Count of rows."""
        return len(self.values)

    @property
    def wide(self) -> bool:
        """Whether it was sent as of several channels, be it one."""
        return self.values.ndim > 1 or self.channels is not None

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
            keys=None if self.keys is None else self.keys[rows],
            channels=None if self.channels is None else self.channels.part(rows),
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
