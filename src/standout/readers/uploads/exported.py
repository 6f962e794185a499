"""Lines of an export, read again: the verdicts in them are read over."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from standout.readers.uploads.table import CHANNEL, SEQ, VALUE, VERDICT, channel_columns

R = TypeVar("R")

_READ_OVER = VERDICT - {SEQ}
_objects: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


class ExportDecoder(Generic[R]):
    """Decodes lines of an export as if they held only what was sent once.

    Slower than a decoder of plain lines by several times.

    Parameters
    ----------
    kind
        What a plain line is.

    Attributes
    ----------
    names
        Channels, where a line has a field ``value.NAME`` for each; the same for all lines.
    """

    def __init__(self, kind: type[R]) -> None:
        self._kind = kind
        self.names: tuple[str, ...] | None = None
        self._begun = False

    def decode(self, line: bytes) -> R:
        """Return what a line holds; raises `msgspec.DecodeError`."""
        return self._plain(_objects.decode(line))

    def decode_lines(self, lines: bytes) -> list[R]:
        """Return what each line holds; raises `msgspec.DecodeError`."""
        return [self._plain(row) for row in _objects.decode_lines(lines)]

    def _plain(self, row: dict[str, Any]) -> R:
        columns = channel_columns(list(row))
        names = tuple(column.removeprefix(CHANNEL) for column in columns) or None
        if not self._begun:
            self._begun, self.names = True, names
        elif names != self.names:
            told = [", ".join(map(repr, some or ("none",))) for some in (self.names, names)]
            msg = f"All lines have the same channels; got {told[1]} after {told[0]}"
            raise msgspec.ValidationError(msg)
        plain = {key: cell for key, cell in row.items() if key not in {*_READ_OVER, *columns}}
        if columns:
            plain[VALUE] = [row[column] for column in columns]
        return msgspec.convert(plain, self._kind)
