"""Arrow IPC streams, a few record batches at a time."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import polars as pl
from polars.exceptions import PanicException, PolarsError

from standout.errors import InvalidInput, MalformedMessage
from standout.readers.uploads.arrow_messages import BATCH, END, SCHEMA, ArrowMessages, Message
from standout.readers.uploads.channels import SentChannels, channel_table
from standout.readers.uploads.pieces import Piece
from standout.readers.uploads.table import (
    ID,
    MAX_CHANNELS,
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
from standout.types import Batch, Values


class ArrowReader:
    """Reads a schema, then record batches.

    `timestamp` is any Arrow timestamp or date, a number, or text; `value` any number; `id` text.

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
        self._messages = ArrowMessages()
        self._head: list[bytes] = []
        self._rows = 0

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take the next bytes."""
        waiting: list[Message] = []
        broken: InvalidInput | None = None
        try:
            for message in self._messages.feed(data):
                if message.kind == BATCH:
                    waiting.append(message)
                    continue
                # A dictionary that is replaced concerns the batches after it only.
                yield from self._read(waiting)
                waiting = []
                self._take_head(message)
        except InvalidInput as error:
            broken = error
        yield from self._read(waiting)
        if broken is not None:
            raise broken

    def end(self) -> Iterator[Piece]:
        """Complain of what is left."""
        yield from ()
        if self._messages.pending and not self._messages.ended:
            raise MalformedMessage("The Arrow stream breaks off in the middle of a message.")

    def _take_head(self, message: Message) -> None:
        if (message.kind == SCHEMA) == bool(self._head):
            raise MalformedMessage("The Arrow stream must have one schema, at its beginning.")
        self._head.append(message.data)
        if message.kind == SCHEMA:
            frame = self._parse([])
            check_columns(frame.columns, by_id=self._by_id, ignored=self._ignored)
            ids = frame.schema.get(ID)
            for name in channel_columns(frame.columns) or [VALUE]:
                kind = frame.schema[name]
                inner = getattr(kind, "inner", kind) if name == VALUE else kind
                if not (inner.is_numeric() or inner == pl.Null):
                    raise MalformedMessage(f"The column {name!r} is of {kind}; numbers are wanted.")
            seq = frame.schema.get(SEQ)
            if seq is not None and not (seq.is_integer() or seq == pl.Null):
                raise MalformedMessage(f"The column 'seq' is of {seq}; whole numbers are wanted.")
            if self._by_id and ids not in (pl.String, pl.Categorical):
                raise MalformedMessage(f"The column 'id' is of {ids}; text is wanted.")

    def _read(self, batches: list[Message]) -> Iterator[Piece]:
        if not batches:
            return
        if not self._head:
            raise MalformedMessage("The Arrow stream must begin with its schema.")
        frame = self._parse([batch.data for batch in batches])
        if len(frame) != sum(batch.rows for batch in batches):
            raise MalformedMessage("A record batch of the Arrow stream is damaged.")
        if len(frame):
            yield from self._piece(frame)

    def _parse(self, batches: list[bytes]) -> pl.DataFrame:
        data = b"".join([*self._head, *batches, END])
        try:
            return pl.read_ipc_stream(BytesIO(data)).rechunk()
        except (PolarsError, PanicException, OSError, ValueError, MemoryError) as error:
            why = str(error).partition("\n")[0][:200]
            msg = f"A part of the Arrow stream after row {self._rows} cannot be read: {why}"
            raise MalformedMessage(msg) from None

    def _piece(self, frame: pl.DataFrame) -> Iterator[Piece]:
        values, channels = self._values(frame)
        timestamps = frame[TIMESTAMP]
        infinite = first(pl.Series(np.isinf(values).reshape(len(frame), -1).any(axis=1)))
        untimed = first(timestamps.is_null())
        bad = min(len(frame) if i is None else i for i in (infinite, untimed))
        first_row = self._rows + 1
        self._rows += bad
        if bad:
            yield Piece(
                timestamps=timestamps,
                values=values,
                first_row=first_row,
                ids=frame[ID].cast(pl.String).fill_null("") if self._by_id else None,
                keys=keys_of(frame[SEQ]) if SEQ in frame.columns else None,
                channels=channels,
            ).head(bad)
        if bad < len(frame):
            text = "the timestamp is null." if bad == untimed else "the value is infinite."
            raise MalformedMessage(text).at(first_row + bad)

    def _values(self, frame: pl.DataFrame) -> tuple[Values | Batch, SentChannels | None]:
        names = channel_columns(frame.columns)
        if names or not frame.schema[VALUE].is_nested():
            columns = [_numbers(frame[name]) for name in names or [VALUE]]
            return joined_columns(columns), named_channels(names)
        lists = frame[VALUE]
        if isinstance(lists.dtype, pl.Array):
            lists = lists.arr.to_list()
        lengths = lists.list.len().fill_null(0)
        width = int(lengths.to_numpy().max(initial=0))
        if width > MAX_CHANNELS:
            msg = f"A stream has at most {MAX_CHANNELS} channels, got {width} values."
            raise MalformedMessage(msg).at(self._rows + 1 + int(lengths.arg_max() or 0))
        if width and (lengths == width).all():
            table = _numbers(lists.explode()).to_numpy().reshape(-1, width)
            widths = np.full(len(frame), width, np.int64)
            return table if width > 1 else table[:, 0], SentChannels(widths=widths)
        values, channels = channel_table([one or [None] for one in lists.to_list()])
        return values, channels or SentChannels(widths=np.ones(len(frame), np.int64))


def _numbers(column: pl.Series) -> pl.Series:
    return column.cast(pl.Float64, strict=False).fill_null(float("nan"))
