"""Uploads to many streams at once: each row names its stream."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

import numpy as np
import polars as pl

from standout.detectors import registry
from standout.domain.ids import check_stream_id
from standout.domain.ports import StreamStore
from standout.domain.records import DEFAULT_TENANT, Stream
from standout.domain.times import zone
from standout.errors import InvalidInput, StandoutError
from standout.readers.uploads.channels import narrowed
from standout.readers.uploads.pieces import Piece
from standout.schemas.values import missing_seq
from standout.service.engine import StreamEngine
from standout.service.groups import Group, groupable
from standout.service.live_stream import LiveStream, Submission
from standout.service.loading import Loader
from standout.service.pinning import Asked
from standout.service.time_columns import ReadTimes, read_times
from standout.service.uploads import Answered, Reading, Timed
from standout.service.verdicts import VerdictColumns, scattered
from standout.types import Batch, Counts, Mask, Times, Values

GROUP_ROWS = 16_384
"""Rows that are scored in one go: about five milliseconds, which sockets may have to wait."""

_NAMES_AT_ONCE = 1_024


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
    rows_a_batch: ClassVar[int] = 1 << 19
    batches_ahead: ClassVar[int] = 0

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
        sent = await asyncio.to_thread(_grouped, timed)
        targets = [self._targets[name] for name in sent.names]
        closed = [name for name, target in zip(sent.names, targets, strict=True) if not target.live]
        opened = await self._loader.open_many(
            [(name, self._targets[name].unit) for name in closed], self._asked
        )
        for name, live in zip(closed, opened, strict=True):
            self._targets[name].live = live
        self._pin(targets)
        lives = [target.live for target in targets if target.live is not None]
        taken = TakenGroups(self._engine, sent, lives)
        await taken.submit()
        return taken

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
        first_rows = _first_rows(piece.ids)
        kept = self._kept([name for name, _ in first_rows if name not in self._targets])
        names = []
        for name, row in first_rows:
            try:
                self._know(name, kept)
            except InvalidInput as found:
                error, piece = found, piece.part(slice(0, row))
                break
            names.append(name)
        unkeyed = self._without_key(piece, names)
        if unkeyed < len(piece):
            error, piece = missing_seq(), piece.part(slice(0, unkeyed))
        if not len(piece):
            return np.empty(0, np.int64), error
        read = self._read_times(piece, names)
        return read.times_us, read.error or error

    def _without_key(self, piece: Piece, names: list[str]) -> int:
        """Return the first row that lacks the number that its stream keys on."""
        assert piece.ids is not None
        keyed = [name for name in names if self._targets[name].keyed]
        if not keyed:
            return len(piece)
        missing = piece.ids.is_in(keyed).to_numpy()
        if piece.keys is not None:
            missing = missing & (piece.keys < 0)
        return int(missing.argmax()) if missing.any() else len(piece)

    def _kept(self, names: list[str]) -> dict[str, Stream]:
        """Find the streams of these names that there are."""
        found: dict[str, Stream] = {}
        for first in range(0, len(names), _NAMES_AT_ONCE):
            some = names[first : first + _NAMES_AT_ONCE]
            found |= {s.id: s for s in self._store.find_streams(DEFAULT_TENANT, some)}
        return found

    def _know(self, name: str, kept: Mapping[str, Stream]) -> None:
        """Find out zone and unit of a stream."""
        if name in self._targets:
            return
        check_stream_id(name)
        live = self._loader.loaded(name)
        record = live.record if live else kept.get(name)
        if record is None:
            self._targets[name] = _Target(self._wanted.tz, self._wanted.time_unit)
        else:
            self._asked.check(record)
            unit = record.time_unit or self._wanted.time_unit
            self._targets[name] = _Target(record.tz, unit, record.keeps_duplicates)

    def _read_times(self, piece: Piece, names: list[str]) -> ReadTimes:
        """Read the times of rows of these streams."""
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


@dataclass(frozen=True, slots=True)
class _Sent:
    """Rows of a piece, one stream after the other: where they stood, and how many each has."""

    piece: Piece
    names: list[str]
    counts: Counts
    places: Counts
    times_us: Times
    values: Values | Batch

    def part(self, streams: slice, rows: slice) -> _Sent:
        """Return the rows of some streams."""
        places = self.places[rows]
        return _Sent(
            self.piece,
            self.names[streams],
            self.counts[streams],
            places,
            self.times_us[rows],
            self.values[rows],
        )


class TakenGroups:
    """Rows of many streams on their way."""

    def __init__(self, engine: StreamEngine, sent: _Sent, lives: list[LiveStream]) -> None:
        self._engine = engine
        self._sent = sent
        self._lives = lives
        self._waiting = 1
        self._done = asyncio.Event()
        self._parts: list[tuple[Counts, Submission | Group]] = []
        piece = sent.piece
        self._plain = piece.keys is None and piece.channels is None and piece.values.ndim == 1

    async def submit(self) -> None:
        """Give all to the engine, some thousand rows at a time, so that others have their turn."""
        ends = np.cumsum(self._sent.counts)
        first = 0
        while first < len(ends):
            before = int(ends[first - 1]) if first else 0
            last = max(int(np.searchsorted(ends, before + GROUP_ROWS)), first + 1)
            streams, rows = slice(first, last), slice(before, int(ends[last - 1]))
            await self._submit(self._sent.part(streams, rows), self._lives[streams])
            first = last
        # What waits for its commit has its own; only the piece is asked for again.
        self._lives, self._sent = [], self._sent.part(slice(0), slice(0))
        self._one_done()

    async def answered(self) -> Answered:
        """Wait until all of them are kept."""
        await self._done.wait()
        # They know this object by its call; the circle would keep their rows until a collection.
        parts, self._parts = self._parts, []
        verdicts = [
            (place, VerdictColumns.of_group(s) if isinstance(s, Group) else VerdictColumns.of(s))
            for place, s in parts
        ]
        piece = self._sent.piece
        return Answered(piece, await asyncio.to_thread(scattered, verdicts, len(piece)))

    async def _submit(self, sent: _Sent, lives: list[LiveStream]) -> None:
        """Give some streams' rows to the engine: in groups, or alone where they need a look."""
        plain = np.zeros(len(lives), np.bool_)
        if self._plain and len(lives) > 1:
            plain = groupable(lives, sent.counts, sent.times_us)
        groups = []
        for bank in {id(live.bank): live.bank for live in lives}.values():
            chosen = plain & np.array([live.bank is bank for live in lives])
            if chosen.any():
                groups.append(self._group(sent, lives, chosen))
        starts = np.cumsum(sent.counts) - sent.counts
        for i in np.flatnonzero(~plain).tolist():
            self._alone(sent, lives[i], slice(int(starts[i]), int(starts[i] + sent.counts[i])))
        for group in groups:
            await group.scored.wait()

    def _group(self, sent: _Sent, lives: list[LiveStream], chosen: Mask) -> Group:
        rows = slice(None) if chosen.all() else np.repeat(chosen, sent.counts)
        group = Group(
            [live for live, one in zip(lives, chosen.tolist(), strict=True) if one],
            sent.counts[chosen],
            sent.times_us[rows],
            sent.values[rows],
            self._one_done,
        )
        self._waiting += 1
        self._parts.append((sent.places[rows], group))
        self._engine.submit_group(group)
        return group

    def _alone(self, sent: _Sent, live: LiveStream, part: slice) -> None:
        places, piece = sent.places[part], sent.piece
        channels = None if piece.channels is None else piece.channels.part(places)
        values, told = narrowed(sent.values[part], channels)
        keyed = piece.keys is not None and live.record.keeps_duplicates
        self._waiting += 1
        submission = self._engine.submit(
            live,
            sent.times_us[part],
            values,
            self._one_done,
            keys=piece.keys[places] if piece.keys is not None and keyed else None,
            channels=told,
        )
        self._parts.append((places, submission))

    def _one_done(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._done.set()


def _grouped(timed: Timed) -> _Sent:
    """Return the rows of a piece one stream after the other, the streams as they came."""
    rows = pl.DataFrame({"id": timed.piece.ids}).with_row_index("row")
    groups = rows.group_by("id", maintain_order=True).agg("row", pl.len().alias("count"))
    places = np.asarray(groups["row"].explode().to_numpy(), np.int64)
    counts = np.asarray(groups["count"].to_numpy(), np.int64)
    times, values = timed.times_us[places], timed.piece.values[places]
    return _Sent(timed.piece, groups["id"].to_list(), counts, places, times, values)


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
