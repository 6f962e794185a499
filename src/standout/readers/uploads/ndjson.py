"""Newline-delimited JSON: one object a line."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

import msgspec
import numpy as np
import polars as pl

from standout.errors import MalformedMessage
from standout.readers.nan import without_nan
from standout.readers.uploads.channels import SentChannels, channel_table
from standout.readers.uploads.exported import ExportDecoder
from standout.readers.uploads.lines import Block, LineBlocks
from standout.readers.uploads.pieces import NO_SEQ, Piece
from standout.types import Batch, Counts, Values


class Row(Protocol):
    """What a line holds."""

    timestamp: Any
    value: float | list[float | None] | None
    seq: Any


R = TypeVar("R", bound=Row)


class NdjsonReader(Generic[R]):
    """Reads lines that are objects of one type, or lines of an export.

    Parameters
    ----------
    decoder
        Knows the type; one with an `id` makes pieces with ids.
    """

    def __init__(self, decoder: msgspec.json.Decoder[R]) -> None:
        self._decoder: msgspec.json.Decoder[R] | ExportDecoder[R] = decoder
        self._exported: ExportDecoder[R] = ExportDecoder(decoder.type)
        self._blocks = LineBlocks()
        self._rows = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take the next bytes."""
        yield from self._read(self._blocks.feed(data))

    def end(self) -> Iterator[Piece]:
        """Take what is left."""
        yield from self._read(self._blocks.end())

    def _read(self, block: Block | None) -> Iterator[Piece]:
        if block is None:
            return
        try:
            rows = self._decoder.decode_lines(block.data)
            error = None
        except (msgspec.DecodeError, UnicodeDecodeError):
            # From here on all lines may be those of an export.
            self._decoder = self._exported
            rows, error = self._until_mistake(block)
        if rows:
            first = self._rows + 1
            self._rows += len(rows)
            yield piece_of(rows, first_row=first, block=block, names=self._exported.names)
        if error is not None:
            raise error

    def _decode(self, line: bytes) -> R:
        try:
            return self._decoder.decode(line)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            plain = without_nan(line)
            if plain is None:
                raise
            return self._decoder.decode(plain)

    def _until_mistake(self, block: Block) -> tuple[list[R], MalformedMessage | None]:
        rows: list[R] = []
        for line, data in block.lines():
            try:
                rows.append(self._decode(data))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                what = "" if isinstance(error, msgspec.ValidationError) else "not JSON: "
                msg = f"{what}{error}; an object with timestamp and value was wanted."
                return rows, MalformedMessage(msg).at(self._rows + len(rows) + 1, line)
        return rows, None


def piece_of(
    rows: list[R],
    *,
    first_row: int,
    block: Block | None = None,
    names: tuple[str, ...] | None = None,
) -> Piece:
    """Return decoded rows as columns; `names` are those of channels, where they were told."""
    values, channels = values_of([r.value for r in rows])
    if names is not None:
        channels = SentChannels(names=names)
    named = rows and hasattr(rows[0], "id")
    return Piece(
        timestamps=[r.timestamp for r in rows],
        values=values,
        first_row=first_row,
        ids=pl.Series([r.id for r in rows], dtype=pl.String) if named else None,  # type: ignore[attr-defined] # just asked
        line_of=None if block is None else block.line_of,
        keys=keys_of([r.seq for r in rows]),
        channels=channels,
    )


def values_of(values: list[Any]) -> tuple[Values | Batch, SentChannels | None]:
    """Return decoded values as a column, or several where some are lists."""
    if list in set(map(type, values)):
        return channel_table(values)
    return np.array([math.nan if v is None else v for v in values], np.float64), None


def keys_of(found: list[Any]) -> Counts | None:
    """Return decoded numbers of senders; None where no row has one."""
    if int not in set(map(type, found)):
        return None
    return np.array([seq if isinstance(seq, int) else NO_SEQ for seq in found], np.int64)
