"""Uploads to many streams at once: each row names its stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

import numpy as np
import polars as pl

from standout.detectors import registry
from standout.domain.ids import check_stream_id
from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT
from standout.domain.times import zone
from standout.errors import InvalidInput, StandoutError
from standout.readers.uploads.channels import narrowed
from standout.readers.uploads.pieces import Piece
from standout.schemas.values import missing_seq
from standout.service.engine import StreamEngine
from standout.service.live_stream import LiveStream, Submission
from standout.service.loading import Loader
from standout.service.pinning import Asked
from standout.service.time_columns import ReadTimes, read_times
from standout.service.uploads import Answered, Reading, Timed
from standout.service.verdicts import VerdictColumns, scattered
from standout.types import Counts, Times


@dataclass(slots=True)
class _Target:
    """A stream that the upload names: zone, unit, and what it is loaded as."""

    tz: str
    unit: str | None
    keyed: bool = False
    live: LiveStream | None = None


class ManyUpload:
    """An upload to many streams, each of which is made by its first row.

    Parameters
    ----------
    store, engine, loader
        Where its rows go.
    asked
        Settings that its streams are made with or must have.

    Raises
    ------
    InvalidParameter
        A setting is out of its range.
    """

    # Large, so that a stream has many rows in each, also where the streams take turns.
    block_bytes: ClassVar[int] = 1 << 22
    rows_a_batch: ClassVar[int] = 65_536

    def __init__(
        self, store: StreamStore, engine: StreamEngine, loader: Loader, asked: Asked
    ) -> None:
        self._wanted = loader.wanted("any", asked)
        self._store = store
        self._engine = engine
        self._loader = loader
        self._asked = asked
        self._targets: dict[str, _Target] = {}

    @property
    def voters(self) -> tuple[str, ...]:
        """Names of the voters of the streams that it makes."""
        return registry.voters(self._wanted.detector)

    async def begin(self) -> None:
        """Do nothing: the streams are not known yet."""

    def read(self, pieces: Iterable[Piece]) -> Reading:
        """Read pieces, their times, and which streams there are of those that they name."""
        read: list[Timed] = []
        try:
            for piece in pieces:
                times, error = self._times(piece)
                if len(times):
                    read.append(Timed(piece.part(slice(0, len(times))), times))
                if error is not None:
                    return Reading(read, error.at(*piece.where(len(times))))
        except StandoutError as found:
            return Reading(read, found)
        return Reading(read)

    async def take(self, timed: Timed) -> TakenGroups:
        """Give the rows of a piece to the engine, stream by stream."""
        assert timed.piece.ids is not None
        names, places, counts = await asyncio.to_thread(_grouped, timed.piece.ids)
        targets = [self._targets[name] for name in names]
        closed = [name for name, target in zip(names, targets, strict=True) if not target.live]
        opened = await self._loader.open_many(
            [(name, self._targets[name].unit) for name in closed], self._asked
        )
        for name, live in zip(closed, opened, strict=True):
            self._targets[name].live = live
        self._pin(targets)
        lives = [target.live for target in targets if target.live is not None]
        return TakenGroups(self._engine, lives, timed, places, counts)

    def close(self) -> None:
        """Let go of the streams."""
        lives = [target.live for target in self._targets.values() if target.live is not None]
        self._loader.close_many(lives)

    def _pin(self, targets: list[_Target]) -> None:
        for target in targets:
            if target.unit and target.live and target.live.record.time_unit is None:
                self._loader.pin_unit(target.live, target.unit)

    def _times(self, piece: Piece) -> tuple[Times, InvalidInput | None]:
        """Return times up to the first row that is wrong, and what is wrong with it."""
        assert piece.ids is not None
        error: InvalidInput | None = None
        for name, row in _first_rows(piece.ids):
            try:
                self._know(name)
            except InvalidInput as found:
                error, piece = found, piece.part(slice(0, row))
                break
        if not len(piece):
            return np.empty(0, np.int64), error
        unkeyed = self._without_key(piece)
        if unkeyed < len(piece):
            error, piece = missing_seq(), piece.part(slice(0, unkeyed))
            if not unkeyed:
                return np.empty(0, np.int64), error
        read = self._read_times(piece)
        return read.times_us, read.error or error

    def _without_key(self, piece: Piece) -> int:
        """Return the first row that lacks the number that its stream keys on."""
        assert piece.ids is not None
        keyed = [name for name in piece.ids.unique() if self._targets[name].keyed]
        if not keyed:
            return len(piece)
        missing = piece.ids.is_in(keyed).to_numpy()
        if piece.keys is not None:
            missing = missing & (piece.keys < 0)
        return int(missing.argmax()) if missing.any() else len(piece)

    def _know(self, name: str) -> None:
        """Find out zone and unit of a stream."""
        if name in self._targets:
            return
        check_stream_id(name)
        live = self._loader.loaded(name)
        record = live.record if live else self._store.stream(DEFAULT_TENANT, name)
        if record is None:
            self._targets[name] = _Target(self._wanted.tz, self._wanted.time_unit)
        else:
            self._asked.check(record)
            unit = record.time_unit or self._wanted.time_unit
            self._targets[name] = _Target(record.tz, unit, record.keeps_duplicates)

    def _read_times(self, piece: Piece) -> ReadTimes:
        assert piece.ids is not None
        names = piece.ids.unique().to_list()
        kinds = {(self._targets[n].tz, self._targets[n].unit) for n in names}
        if len(kinds) == 1:
            ((tz, unit),) = kinds
            read = read_times(piece.timestamps, zone(tz), unit)
            for name in names:
                self._targets[name].unit = read.unit
            return read
        return self._read_by_kind(piece, kinds)

    def _read_by_kind(self, piece: Piece, kinds: set[tuple[str, str | None]]) -> ReadTimes:
        """Read the times of streams whose zones or units differ."""
        assert piece.ids is not None
        times = np.zeros(len(piece), np.int64)
        bad, error = len(piece), None
        for tz, unit in kinds:
            names = [n for n in piece.ids.unique() if self._kind(n) == (tz, unit)]
            rows = piece.ids.is_in(names).arg_true().to_numpy().astype(np.int64)
            read = _read_some(piece, rows, zone(tz), unit)
            good = len(read.times_us)
            times[rows[:good]] = read.times_us
            for name in names:
                self._targets[name].unit = read.unit
            if read.error is not None and rows[good] < bad:
                bad, error = int(rows[good]), read.error
        return ReadTimes(times[:bad], None, error)

    def _kind(self, name: str) -> tuple[str, str | None]:
        return self._targets[name].tz, self._targets[name].unit


class TakenGroups:
    """Rows of many streams on their way."""

    def __init__(
        self,
        engine: StreamEngine,
        lives: list[LiveStream],
        timed: Timed,
        places: Counts,
        counts: list[int],
    ) -> None:
        self._piece = timed.piece
        self._waiting = len(lives)
        self._done = asyncio.Event()
        self._order = places
        self._places: list[Counts] = []
        self._submissions: list[Submission] = []
        piece = timed.piece
        times, values = timed.times_us[places], piece.values[places]
        keys = None if piece.keys is None else piece.keys[places]
        channels = None if piece.channels is None else piece.channels.part(places)
        first = 0
        for live, count in zip(lives, counts, strict=True):
            part = slice(first, first + count)
            self._places.append(places[part])
            fitted, told = narrowed(values[part], None if channels is None else channels.part(part))
            keyed = keys is not None and live.record.keeps_duplicates
            self._submissions.append(
                engine.submit(
                    live,
                    times[part],
                    fitted,
                    self._one_done,
                    keys=keys[part] if keys is not None and keyed else None,
                    channels=told,
                )
            )
            first += count

    async def answered(self) -> Answered:
        """Wait until all of them are kept."""
        await self._done.wait()
        together = VerdictColumns.of_neighbours(self._submissions)
        if together is not None:
            return Answered(self._piece, scattered([(self._order, together)], len(self._piece)))
        verdicts = [VerdictColumns.of(submission) for submission in self._submissions]
        parts = list(zip(self._places, verdicts, strict=True))
        return Answered(self._piece, scattered(parts, len(self._piece)))

    def _one_done(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._done.set()


def _grouped(ids: pl.Series) -> tuple[list[str], Counts, list[int]]:
    """Return the streams, the places of their rows one stream after the other, and how many."""
    rows = pl.DataFrame({"id": ids}).with_row_index("row")
    groups = rows.group_by("id", maintain_order=True).agg("row", pl.len().alias("count"))
    places = np.asarray(groups["row"].explode().to_numpy(), np.int64)
    return groups["id"].to_list(), places, groups["count"].to_list()


def _first_rows(ids: pl.Series) -> list[tuple[str, int]]:
    """Return each stream with its first row, in the order of the rows."""
    rows = pl.DataFrame({"id": ids}).with_row_index("row")
    first = rows.unique("id", keep="first", maintain_order=True)
    return list(zip(first["id"].to_list(), first["row"].to_list(), strict=True))


def _read_some(piece: Piece, rows: Counts, tz: tzinfo, unit: str | None) -> ReadTimes:
    stamps = piece.timestamps
    if isinstance(stamps, list):
        return read_times([stamps[row] for row in rows.tolist()], tz, unit)
    return read_times(stamps.gather(pl.Series(rows)), tz, unit)
