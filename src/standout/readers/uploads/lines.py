"""Bytes as blocks of whole lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from standout.errors import MessageTooLarge

MAX_LINE_BYTES = 65_536
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, and the number of the first of them, from 1."""

    data: bytes
    first_line: int

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Give each line that is not blank with its number; slow, for errors."""
        for i, line in enumerate(self.data.split(b"\n")):
            if line.strip():
                yield self.first_line + i, line.rstrip(b"\r")

    def line_of(self, row: int) -> int:
        """Return the number of a line; those that are blank are no rows."""
        return next(number for i, (number, _) in enumerate(self.lines()) if i == row)


class LineBlocks:
    """Cuts bytes after their last line break and keeps the rest for the next block."""

    def __init__(self) -> None:
        self._rest = b""
        self._next_line = 1

    def feed(self, data: bytes) -> Block | None:
        """Return the whole lines so far; None if no line has ended.

        Raises
        ------
        MessageTooLarge
            A line is longer than 65,536 bytes.
        """
        data = self._rest + data
        if self._next_line == 1 and len(data) >= len(_MARK):
            data = data.removeprefix(_MARK)
        end = data.rfind(b"\n") + 1
        self._rest = data[end:]
        if len(self._rest) > MAX_LINE_BYTES:
            line = self._next_line + data.count(b"\n")
            msg = f"Line {line} has more than {MAX_LINE_BYTES:,} bytes; one row a line is wanted."
            raise MessageTooLarge(msg)
        return self._block(data[:end]) if end else None

    def end(self) -> Block | None:
        """Return the last line, if it had no line break."""
        rest, self._rest = self._rest, b""
        if self._next_line == 1:
            rest = rest.removeprefix(_MARK)
        return self._block(rest) if rest else None

    def _block(self, data: bytes) -> Block:
        block = Block(data, self._next_line)
        self._next_line += data.count(b"\n")
        return block
