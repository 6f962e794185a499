"""Reads an upload cut into blocks at any places, as the network cuts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from standout.errors import InvalidInput
from standout.readers.uploads.pieces import PieceReader


@dataclass
class Read:
    timestamps: list[Any] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    error: InvalidInput | None = None


def read(reader: PieceReader, data: bytes, block: int = 1 << 20) -> Read:
    told = Read()
    parts = [data[i : i + block] for i in range(0, len(data), block)]
    try:
        for step in (*(lambda p=p: reader.feed(p) for p in parts), reader.end):
            for piece in step():
                told.timestamps += list(piece.timestamps)
                told.values += piece.values.tolist()
                told.ids += [] if piece.ids is None else piece.ids.to_list()
                told.rows += range(piece.first_row, piece.first_row + len(piece))
    except InvalidInput as error:
        told.error = error
    return told
