"""Arrow IPC streams, a few record batches at a time."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import polars as pl
from polars.exceptions import PanicException, PolarsError

from standout.errors import InvalidInput, MalformedMessage
from standout.readers.uploads.arrow_messages import BATCH, END, SCHEMA, ArrowMessages, Message
from standout.readers.uploads.pieces import Piece
from standout.readers.uploads.table import ID, TIMESTAMP, VALUE, check_columns, first


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
            value, ids = frame.schema[VALUE], frame.schema.get(ID)
            if not (value.is_numeric() or value == pl.Null):
                raise MalformedMessage(f"The column 'value' is of {value}; numbers are wanted.")
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
        values = frame[VALUE].cast(pl.Float64, strict=False).fill_null(float("nan"))
        timestamps = frame[TIMESTAMP]
        infinite = first(values.is_infinite())
        untimed = first(timestamps.is_null())
        bad = min(len(frame) if i is None else i for i in (infinite, untimed))
        first_row = self._rows + 1
        self._rows += bad
        if bad:
            yield Piece(
                timestamps=timestamps,
                values=np.asarray(values.to_numpy(), np.float64),
                first_row=first_row,
                ids=frame[ID].cast(pl.String).fill_null("") if self._by_id else None,
            ).head(bad)
        if bad < len(frame):
            text = "the timestamp is null." if bad == untimed else "the value is infinite."
            raise MalformedMessage(text).at(first_row + bad)
