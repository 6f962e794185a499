"""The journal of a stream: each message that was sent and received, as JSON Lines."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

import msgspec

from standout.errors import DataFolderUnwritable

FLUSH_EVERY_S = 1.0
_LONGEST_NAME = 100
_SAME_SECOND = 1_000


class Entry(msgspec.Struct):
    """One line of a journal."""

    at: str
    direction: Literal["sent", "received"]
    message: msgspec.Raw


class Journal:
    """Appends messages to a new file; an asynchronous context manager.

    What is written reaches the file within a second, and all of it when the journal closes.

    Parameters
    ----------
    folder
        Where the file is made; the folder is made too.
    client_id
        Id of the stream; the file's name begins with it, with ``_`` for what is not safe there.
    """

    def __init__(self, folder: Path, client_id: str) -> None:
        self.path = folder
        self._folder = folder
        self._name = re.sub(r"[^\w.-]", "_", client_id)[:_LONGEST_NAME].lstrip(".") or "_"
        self._file: IO[bytes] | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._encode = msgspec.json.Encoder().encode

    async def __aenter__(self) -> Self:
        """Make the file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = self._create()
        except OSError as error:
            raise self._unwritable(error) from None
        self._flusher = asyncio.create_task(self._flush_regularly(self._file))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what is left and close the file."""
        assert self._flusher is not None
        assert self._file is not None
        self._flusher.cancel()
        await asyncio.gather(self._flusher, return_exceptions=True)
        try:
            self._file.close()
        except OSError as failure:
            raise self._unwritable(failure) from None

    def record(self, direction: Literal["sent", "received"], message: bytes) -> None:
        """Append a message.

        Parameters
        ----------
        direction
            Which way it went.
        message
            JSON; anything else is kept as text.

        Raises
        ------
        DataFolderUnwritable
            The file cannot be written.
        """
        assert self._file is not None, "the journal is open inside its `async with` only"
        at = datetime.now(UTC).isoformat()
        line = self._encode(Entry(at, direction, msgspec.Raw(_as_json(direction, message))))
        try:
            self._file.write(line + b"\n")
        except OSError as error:
            raise self._unwritable(error) from None

    async def _flush_regularly(self, file: IO[bytes]) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            file.flush()

    def _create(self) -> IO[bytes]:
        start = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for number in range(1, _SAME_SECOND):
            suffix = "" if number == 1 else f"-{number}"
            self.path = self._folder / f"{self._name}-{start}{suffix}.jsonl"
            try:
                return self.path.open("xb", buffering=1 << 16)
            except FileExistsError:
                continue
        raise FileExistsError(f"{self.path} exists")

    def _unwritable(self, error: OSError) -> DataFolderUnwritable:
        reason = error.strerror or str(error)
        return DataFolderUnwritable(f"The journal {self.path} cannot be written: {reason}.")


def _as_json(direction: str, message: bytes) -> bytes:
    if direction == "sent":
        return message
    try:
        msgspec.json.decode(message, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.encode(message.decode(errors="replace"))
    return message
