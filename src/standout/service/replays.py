"""What is kept of streams, read, and learnt anew where no snapshot covers it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import numpy as np
import structlog

from standout.detectors.base import OnlineBank
from standout.domain.ports import StreamStore
from standout.domain.records import Observations, Snapshot, Standing, Stream
from standout.errors import StreamNotFound
from standout.service.engine import StreamEngine
from standout.service.live_stream import LiveStream

REPLAY_ROWS = 50_000
"""Rows that are read at a time for a replay: memory stays bounded, however long a stream is."""

REPLAY_MS = 10
"""Time for which a replay keeps others from scoring, however much it has before it."""

STATE_BYTES_A_ROW = 64
"""Bytes of states that may be written for each row: about half of what the row itself takes."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What is kept of a stream: its newest snapshot, and what a replay begins with."""

    record: Stream
    snapshot: Snapshot | None
    tail: Observations
    newest_seq: int


class Replayer:
    """Brings streams to where they were.

    Parameters
    ----------
    store
        Where they are kept.
    engine
        Holds the lock of the banks.
    """

    def __init__(self, store: StreamStore, engine: StreamEngine) -> None:
        self._store = store
        self._engine = engine

    def read_or_make(self, wanted: list[Stream]) -> list[Found]:
        """Read streams, and make those that are not there; blocks."""
        names: dict[int, list[str]] = {}
        for stream in wanted:
            names.setdefault(stream.tenant, []).append(stream.id)
        kept = {
            (tenant, standing.stream.id): self._found(standing)
            for tenant, ids in names.items()
            for standing in self._store.standings(tenant, ids)
        }
        found = [kept.get((stream.tenant, stream.id)) for stream in wanted]
        for stream, one in zip(wanted, found, strict=True):
            if one is None and stream.key:
                raise gone(stream)
        missing = [s for s, one in zip(wanted, found, strict=True) if one is None]
        made = iter(self._store.create_streams(missing).result() if missing else ())
        return [one or Found(next(made), None, Observations.empty(), 0) for one in found]

    async def attach(self, found: Found, bank: OnlineBank) -> LiveStream:
        """Bring a stream into a bank."""
        record, tail = found.record, found.tail
        async with self._engine.banks_lock:
            live = LiveStream(record, bank, tuple(bank.allot() for _ in range(record.width)))
            restored = found.snapshot is None or self._restore(live, found.snapshot)
        live.snapshot_every = self._engine.snapshot_every(
            live, at_least=live.width * bank.state_bytes // STATE_BYTES_A_ROW
        )
        try:
            if not restored:
                tail = await asyncio.to_thread(self._page, record, None)
            await self._catch_up(live, tail, found.newest_seq)
        except BaseException:
            async with self._engine.banks_lock:
                give_back(live)
            raise
        return live

    def _restore(self, live: LiveStream, snapshot: Snapshot) -> bool:
        """Take over a snapshot; False, and nothing of it is taken, where it is damaged."""
        try:
            live.restore(snapshot)
        except ValueError as error:
            _log.warning("snapshot unusable, replaying all", stream=live.record.id, why=str(error))
            # Of several channels the first may have been taken over.
            slots = live.slots
            give_back(live)
            live.slots, live.freed = tuple(live.bank.allot() for _ in slots), False
            return False
        return True

    async def _catch_up(self, live: LiveStream, tail: Observations, newest_seq: int) -> None:
        """Learn what came after the snapshot, page by page."""
        while len(tail):
            live.catch_up(tail)
            await self._replay(live, tail)
            if len(tail) < REPLAY_ROWS:
                break
            tail = await asyncio.to_thread(self._page, live.record, *_end(tail))
        if newest_seq > live.seq:
            # What came late lies before the snapshot.
            late = await asyncio.to_thread(
                self._store.since, live.record, after_seq=live.seq, limit=REPLAY_ROWS
            )
            live.count_late(late, newest_seq)

    async def _replay(self, live: LiveStream, tail: Observations) -> None:
        table = tail.value.reshape(-1, 1) if tail.vector is None else tail.vector
        learnt = table[~tail.late]
        most = max(REPLAY_MS * live.bank.rows_a_ms // live.width, 1)
        for first in range(0, len(learnt), most):
            some = learnt[first : first + most]
            slots, values = np.tile(np.array(live.slots, np.int64), len(some)), some.reshape(-1, 1)
            async with self._engine.banks_lock:
                if len(values) <= live.bank.rows_a_ms:
                    live.bank.score_learn(slots, values)
                else:
                    await asyncio.to_thread(live.bank.score_learn, slots, values)
            # Of many streams that are loaded together each takes up to a millisecond.
            await asyncio.sleep(0)

    def _found(self, kept: Standing) -> Found:
        record, snapshot, newest_seq = kept.stream, kept.snapshot, kept.newest_seq
        if newest_seq <= (0 if snapshot is None else snapshot.seq):
            return Found(record, snapshot, Observations.empty(), newest_seq)
        if snapshot is None:
            return Found(record, None, self._page(record, None), newest_seq)
        after_key = snapshot.last_key if record.keeps_duplicates else None
        return Found(record, snapshot, self._page(record, snapshot.last_us, after_key), newest_seq)

    def _page(
        self, record: Stream, after_us: int | None, after_key: int | None = None
    ) -> Observations:
        """Read the next rows to be replayed; blocks."""
        if after_key is None:
            return self._store.scan(record, after_us=after_us, limit=REPLAY_ROWS)
        return self._store.scan(record, after_us=after_us, after_key=after_key, limit=REPLAY_ROWS)


def give_back(live: LiveStream) -> None:
    """Free the slots of a stream; the banks are locked."""
    for slot in live.slots:
        live.bank.free(slot)
    live.freed = True


def gone(record: Stream) -> StreamNotFound:
    """Return the error of a stream that is not there any more."""
    return StreamNotFound(f"Stream {record.id!r} was deleted.")


def _end(rows: Observations) -> tuple[int, int | None]:
    """Return where a page ends."""
    key = None if rows.key is None else int(rows.key[-1])
    return int(rows.time_us[-1]), key
