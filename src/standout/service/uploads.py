"""Uploads: observations that come in pieces, for one stream or for many.

A piece is read and its times are told in a thread; its rows go to the engine as a micro-batch, and
while they are scored and stored the next pieces are read. What was sent before a mistake is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import structlog

from standout.detectors import registry
from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT
from standout.domain.times import zone
from standout.errors import InvalidInput, StandoutError
from standout.readers.uploads.pieces import Piece
from standout.schemas.values import missing_seq
from standout.service.engine import StreamEngine
from standout.service.live_stream import LiveStream, Submission
from standout.service.loading import Loader
from standout.service.pinning import Asked
from standout.service.time_columns import read_times
from standout.service.verdicts import VerdictColumns
from standout.types import Times

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timed:
    """A piece and its times, shape ``(n,)``."""

    piece: Piece
    times_us: Times

    def cut(self, rows: int) -> Iterator[Timed]:
        """Give it in parts of so many rows."""
        for first in range(0, len(self.piece), rows):
            part = slice(first, first + rows)
            yield Timed(self.piece.part(part), self.times_us[part])


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of some bytes: pieces, and the mistake that ended them, if one did."""

    pieces: list[Timed]
    error: StandoutError | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A piece whose rows are kept, and the verdicts on them."""

    piece: Piece
    verdicts: VerdictColumns


class Taken(Protocol):
    """A piece on its way."""

    async def answered(self) -> Answered:
        """Wait until it is kept; raises the `StandoutError` with which it failed."""
        ...


class Upload(Protocol):
    """Where the pieces of an upload go.

    Attributes
    ----------
    block_bytes
        Bytes of a body that are read at once.
    rows_a_batch
        Rows that are given to the engine in one go.
    batches_ahead
        How many of these may wait to be answered.
    """

    block_bytes: ClassVar[int]
    rows_a_batch: ClassVar[int]
    batches_ahead: ClassVar[int]

    @property
    def voters(self) -> tuple[str, ...]:
        """Names of the voters, in the order of their bits."""
        ...

    async def begin(self) -> None:
        """Check what can be checked before a piece is read."""
        ...

    def read(self, pieces: Iterable[Piece]) -> Reading:
        """Read pieces and their times; takes time, and changes nothing."""
        ...

    async def take(self, timed: Timed) -> Taken:
        """Give the rows of a piece to the engine."""
        ...

    def close(self) -> None:
        """Let go of the streams."""
        ...


class StreamUpload:
    """An upload to one stream, which is made by its first row.

    Parameters
    ----------
    store, engine, loader
        Where its rows go.
    stream_id, asked
        The stream, and settings that it is made with or must have.

    Raises
    ------
    InvalidStreamId, InvalidParameter
        It may not be called so, or a setting is out of its range.
    """

    block_bytes: ClassVar[int] = 1 << 19
    rows_a_batch: ClassVar[int] = 16_384  # about five milliseconds, which sockets may have to wait
    batches_ahead: ClassVar[int] = 6

    def __init__(
        self,
        store: StreamStore,
        engine: StreamEngine,
        loader: Loader,
        stream_id: str,
        asked: Asked,
    ) -> None:
        wanted = loader.wanted(stream_id, asked)
        self._store = store
        self._engine = engine
        self._loader = loader
        self._id = stream_id
        self._asked = asked
        self._tz, self._unit = wanted.tz, wanted.time_unit
        self._keyed = False
        self._detector = wanted.detector
        self._live: LiveStream | None = None

    @property
    def voters(self) -> tuple[str, ...]:
        """Names of the voters of the stream, in the order of their bits."""
        return registry.voters(self._detector)

    async def begin(self) -> None:
        """Take over zone and unit of the stream, if there is one.

        Raises
        ------
        StreamSettingsConflict
            It has other settings.
        """
        live = self._loader.loaded(self._id)
        record = live.record if live is not None else None
        if record is None:
            record = await asyncio.to_thread(self._store.stream, DEFAULT_TENANT, self._id)
        if record is not None:
            self._asked.check(record)
            self._tz, self._unit = record.tz, record.time_unit or self._unit
            self._keyed = record.keeps_duplicates
            self._detector = record.detector

    def read(self, pieces: Iterable[Piece]) -> Reading:
        """Read pieces and their times."""
        tz = zone(self._tz)
        read: list[Timed] = []
        try:
            for piece in pieces:
                times = read_times(piece.timestamps, tz, self._unit)
                self._unit = times.unit
                good = len(times.times_us)
                error: InvalidInput | None = times.error
                unkeyed = without_key(piece) if self._keyed else len(piece)
                if unkeyed < good:
                    good, error = unkeyed, missing_seq()
                if good:
                    read.append(Timed(piece.part(slice(0, good)), times.times_us[:good]))
                if error is not None:
                    return Reading(read, error.at(*piece.where(good)))
        except InvalidInput as error:
            return Reading(read, error)
        return Reading(read)

    async def take(self, timed: Timed) -> TakenRows:
        """Give the rows of a piece to the engine."""
        if self._live is None:
            asked = self._asked
            self._live = await self._loader.open(
                self._id,
                window=asked.window,
                tz=asked.tz,
                time_unit=asked.time_unit,
                detector=asked.detector,
            )
        record = self._live.record
        if record.time_unit is None and self._unit is not None:
            self._loader.pin_unit(self._live, self._unit)
        elif (
            record.tz != self._tz
            or (self._unit and record.time_unit != self._unit)
            or record.keeps_duplicates != self._keyed
        ):
            # Another sender was first to make the stream, or to say its unit.
            self._tz, self._unit = record.tz, record.time_unit
            self._keyed = record.keeps_duplicates
            again = await asyncio.to_thread(self.read, [timed.piece])
            if again.error is not None:
                raise again.error
            (timed,) = again.pieces
        return TakenRows(self._engine, self._live, timed)

    def close(self) -> None:
        """Let go of the stream."""
        if self._live is not None:
            self._loader.close(self._live)


class TakenRows:
    """Rows of one stream on their way."""

    def __init__(self, engine: StreamEngine, live: LiveStream, timed: Timed) -> None:
        self._piece = timed.piece
        self._done = asyncio.Event()
        piece = timed.piece
        self._submission: Submission = engine.submit(
            live,
            timed.times_us,
            piece.values,
            self._done.set,
            keys=piece.keys if live.record.keeps_duplicates else None,
            channels=piece.channels,
        )

    async def answered(self) -> Answered:
        """Wait until they are kept."""
        await self._done.wait()
        return Answered(self._piece, VerdictColumns.of(self._submission))


async def readings(
    upload: Upload, blocks: AsyncIterator[Callable[[], Iterable[Piece]]]
) -> AsyncIterator[Reading]:
    """Read blocks in a thread, each by what it gives; nothing follows a mistake."""
    async for block in blocks:
        reading = await asyncio.to_thread(_read, upload, block)
        yield reading
        if reading.error is not None:
            return


async def answers(
    engine: StreamEngine,
    upload: Upload,
    read: AsyncIterator[Reading],
) -> AsyncIterator[Answered]:
    """Keep an upload, and give its verdicts in order; it is read ahead.

    Raises
    ------
    StandoutError
        The mistake that ended it, after the verdicts on what came before.
    """
    queue: asyncio.Queue[Taken | Exception | None] = asyncio.Queue()
    # Taken up before a batch is: one that waits for room would be in memory, too.
    room = asyncio.Semaphore(upload.batches_ahead + 1)

    async def feed() -> None:
        try:
            async for reading in read:
                for timed in reading.pieces:
                    for part in timed.cut(upload.rows_a_batch):
                        await room.acquire()
                        await engine.backlog.room()
                        queue.put_nowait(await upload.take(part))
                if reading.error is not None:
                    raise reading.error  # noqa: TRY301 - it takes the way of any other
        except Exception as error:  # noqa: BLE001 - it is raised again, in its place
            queue.put_nowait(error)
        else:
            queue.put_nowait(None)

    feeding = asyncio.create_task(feed())
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield await item.answered()
            room.release()
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        upload.close()


def without_key(piece: Piece) -> int:
    """Return the first row that has no number of the sender's; the count of rows if all have."""
    if piece.keys is None:
        return 0
    missing = piece.keys < 0
    return int(missing.argmax()) if missing.any() else len(piece)


def _read(upload: Upload, block: Callable[[], Iterable[Piece]]) -> Reading:
    return upload.read(block())
