"""Whatever is sent, and whatever happens to the server, a stream is what a plain model says."""

from __future__ import annotations

import asyncio
import math
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from standout.detectors import registry
from standout.domain.records import Observations, Stream
from standout.errors import (
    ObservationConflict,
    ObservationExpired,
    StandoutError,
    StoreUnavailable,
)
from standout.readers.uploads.channels import channel_table
from standout.service.engine import StreamEngine
from standout.service.feed import Feed
from standout.service.live_stream import LiveStream, Submission
from standout.service.loading import Loader
from standout.service.meters import Meters
from standout.service.pinning import Asked
from standout.service.retention import Retention
from standout.service.verdicts import VerdictColumns
from standout.store import connections
from standout.store.ledger import Ledger
from standout.store.sqlite import SqliteStore

WINDOW = 10
KEEP_US = 25
NAMES = ("a", "b", "c")
DETECTORS = ("vote", "vote", "zscore", "baseline", "novelty")
ENDS = ("damage", "damage", "disconnect", "restart", "kill", "kill", "retain", "delete")
VALUES = (0.0, 1.0, -0.0, 2.5, 300.0, math.nan)

Value = tuple[float, ...]


@dataclass(frozen=True)
class Row:
    time_us: int
    value: Value
    seq: int = -1


@dataclass
class Kept:
    """What the model keeps of a row."""

    row: Row
    late: bool
    score: float
    channel: int


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@dataclass
class Model:
    """A stream as it is promised, without a store, batches or states that are packed."""

    detector: str
    width: int
    keyed: bool
    keep_us: int | None
    rows: dict[int, Kept] = field(default_factory=dict)
    newest: int | None = None
    highest: int = -1
    expired: int | None = None
    count: int = 0

    def __post_init__(self) -> None:
        params = {"window": WINDOW}
        self.detectors: list[Any] = [
            registry.detector(self.detector, params) for _ in range(self.width)
        ]

    def send(self, row: Row) -> Kept | type[StandoutError]:
        key = row.seq if self.keyed else row.time_us
        if key in self.rows:
            kept = self.rows[key]
            alike = all(map(same, kept.row.value, row.value))
            return kept if alike and kept.row.time_us == row.time_us else ObservationConflict
        if self.expired is not None and row.time_us <= self.expired:
            return ObservationExpired
        limited = self.newest is not None and self.keep_us is not None
        if limited and row.time_us < (self.newest or 0) - (self.keep_us or 0):
            return ObservationExpired
        late = self.newest is not None and row.time_us < self.newest
        late = late or (self.keyed and row.seq < self.highest)
        self.highest = max(self.highest, row.seq)
        scores = [math.nan] * self.width
        if not late:
            self.newest = row.time_us
            scores = [
                float(detector.judge_learn_many(np.array([[value + 0.0]])).score[0])
                for detector, value in zip(self.detectors, row.value, strict=True)
            ]
        known = [score for score in scores if not math.isnan(score)]
        lead = scores.index(max(known)) if known else -1
        self.count += 1
        kept = Kept(row, late, scores[lead] if known else math.nan, lead)
        self.rows[key] = kept
        return kept

    def retain(self) -> None:
        if self.keep_us is None or self.newest is None:
            return
        before = self.newest - self.keep_us
        if any(kept.row.time_us < before for kept in self.rows.values()):
            former = before - 1 if self.expired is None else self.expired
            self.expired = max(former, before - 1)
            self.rows = {k: kept for k, kept in self.rows.items() if kept.row.time_us >= before}

    def in_order(self) -> list[Kept]:
        return sorted(self.rows.values(), key=lambda kept: (kept.row.time_us, kept.row.seq))


@contextmanager
def full_disk() -> Iterator[None]:
    """Let every append end as on a full disk: after its rows were written, before the commit."""
    append = Ledger.append

    def written_in_vain(*args: Any, **more: Any) -> None:
        append(*args, **more)
        raise sqlite3.OperationalError("database or disk is full")

    with patch.object(Ledger, "append", written_in_vain):
        yield


@cache
def template() -> Path:
    """An empty database, made once; kernels are compiled, too, which may take long."""
    for name in DETECTORS:
        detector: Any = registry.detector(name, {"window": WINDOW})
        detector.judge_learn_many(np.zeros((3, 1)))
    path = Path(mkdtemp()) / "standout.db"
    SqliteStore(path).close()
    return path


class Server:
    """What answers: store, engine and loader over one file."""

    def __init__(self, path: Path, *, block_rows: int) -> None:
        self.path = path
        # A kill leaves the files as they are, so that nobody need wait for the disk.
        with patch.object(connections, "_PRAGMAS", (*connections._PRAGMAS, "synchronous = OFF")):
            self.store = SqliteStore(path, block_rows=block_rows)
        self.engine = StreamEngine(
            self.store, Feed(), Meters(), snapshot_every=12, max_backlog=10_000
        )
        self.loader = Loader(self.store, self.engine, default_window=WINDOW)
        self.retention = Retention(self.store, self.engine, self.loader, every_s=3_600)
        self.engine.start()

    async def stop(self) -> None:
        await self.engine.stop()
        await self.loader.stop()
        self.store.close()


class Machine(RuleBasedStateMachine):
    """Sends what may come, and ends connections and servers in between."""

    @initialize(
        detector=st.sampled_from(DETECTORS),
        width=st.integers(1, 3),
        keyed=st.booleans(),
        limited=st.booleans(),
        named=st.booleans(),
        resting=st.booleans(),
    )
    def begin(
        self, *, detector: str, width: int, keyed: bool, limited: bool, named: bool, resting: bool
    ) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(mkdtemp())
        self.lives = 0
        self.seq = 0
        # Whether a stream stays in memory when nobody uses it.
        self.resting = resting
        # Blocks go as a whole; for the model to know what is left, nothing is sealed then.
        self.block_rows = 1_024 if limited else 4
        keep_us = KEEP_US if limited else None
        self.model = Model(detector, width, keyed, keep_us)
        path = self.folder / "0.db"
        shutil.copyfile(template(), path)
        self.run(self.open(path))
        self.asked = Asked(
            detector=detector,
            duplicates="keep" if keyed else None,
            channels=NAMES[:width] if named else None,
            changes={"keep_us": keep_us},
        )
        self.live: LiveStream | None = None
        self.make()

    def make(self) -> None:
        _, made = self.run(self.server.loader.make("a", self.asked))
        assert made

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(asyncio.wait_for(work, 20))

    async def open(self, path: Path) -> None:
        self.server = Server(path, block_rows=self.block_rows)

    async def disconnected(self) -> None:
        if self.live is not None:
            self.server.loader.close(self.live)
            self.live = None
            if not self.resting:
                await self.server.loader.unloaded()

    async def submitted(self, batches: list[list[Row]], by_columns: bool) -> list[Submission]:
        """Submit all at once, as a client does that sends ahead; wait for all."""
        if self.live is None:
            self.live = await self.server.loader.open("a")
        waiting = len(batches)
        done = asyncio.Event()

        def one_done() -> None:
            nonlocal waiting
            waiting -= 1
            if not waiting:
                done.set()

        submissions = []
        for rows in batches:
            times: Any = [row.time_us for row in rows]
            keys: Any = [row.seq for row in rows] if self.model.keyed else None
            values: Any = [row.value[0] for row in rows]
            channels = None
            if self.model.width > 1:
                values, channels = channel_table([list(row.value) for row in rows])
            if by_columns:
                times = np.array(times, np.int64)
                values = np.array(values)
                keys = None if keys is None else np.array(keys, np.int64)
            submissions.append(
                self.server.engine.submit(
                    self.live, times, values, one_done, keys=keys, channels=channels
                )
            )
        await done.wait()
        return submissions

    def send(self, batches: list[list[Row]], *, by_columns: bool) -> None:
        found = self.run(self.submitted(batches, by_columns))
        for rows, submission in zip(batches, found, strict=True):
            verdicts = VerdictColumns.of(submission)
            fresh = 0
            for i, row in enumerate(rows):
                before = self.model.count
                wanted = self.model.send(row)
                fresh += self.model.count - before
                problem = (verdicts.problem or {}).get(i)
                late = verdicts.late is not None and bool(verdicts.late[i])
                if isinstance(wanted, Kept):
                    assert problem is None
                    assert same(float(verdicts.score[i]), wanted.score)
                    assert late == wanted.late
                    if self.model.width > 1:
                        assert verdicts.channel is not None
                        names = submission.stream.record.channels
                        assert names is not None
                        lead = None if wanted.channel < 0 else names[wanted.channel]
                        assert verdicts.channel[i] == lead
                else:
                    assert type(problem) is wanted
                    assert math.isnan(verdicts.score[i])
                    assert not late
            assert verdicts.fresh == fresh

    def a_row(self, step: int, values: list[float], seq_step: int) -> Row:
        newest = self.model.newest or 0
        self.seq = max(self.seq + seq_step, 0)
        value = tuple(values[: self.model.width])
        return Row(newest + step, value, self.seq if self.model.keyed else -1)

    @rule(
        first=st.integers(0, 2),
        step=st.integers(0, 2),
        values=st.lists(st.sampled_from(VALUES), min_size=15, max_size=45),
        by_columns=st.booleans(),
    )
    def run_on(self, first: int, step: int, values: list[float], by_columns: bool) -> None:
        """New rows in order; with keys, some at one time."""
        first = first if self.model.keyed else first + 1
        rows, time_us = [], (self.model.newest or 0) + first
        for i in range(0, len(values) - 2, 3):
            row = self.a_row(0, values[i : i + 3], 1)
            rows.append(Row(time_us, row.value, row.seq))
            time_us += step if self.model.keyed else step + 1
        self.send([rows[:4], rows[4:]] if len(rows) > 4 else [rows], by_columns=by_columns)

    @rule(
        rows=st.lists(
            st.tuples(
                st.integers(-40, 6),
                st.tuples(*[st.sampled_from(VALUES)] * 3),
                st.integers(-3, 4),
            ),
            min_size=1,
            max_size=5,
        ),
        cut=st.integers(0, 5),
        by_columns=st.booleans(),
    )
    def send_anything(self, rows: list[tuple[int, Value, int]], cut: int, by_columns: bool) -> None:
        """New, late, sent again, conflicting: whatever it comes to."""
        made = [self.a_row(step, list(values), seq) for step, values, seq in rows]
        batches = [part for part in (made[:cut], made[cut:]) if part]
        self.send(batches, by_columns=by_columns)

    @rule(data=st.data(), by_columns=st.booleans())
    def send_again(self, data: st.DataObject, by_columns: bool) -> None:
        known = self.model.in_order()
        if known:
            places = data.draw(st.lists(st.integers(0, len(known) - 1), max_size=6, min_size=1))
            self.send([[known[i].row for i in places]], by_columns=by_columns)

    @rule(
        first=st.integers(1, 3),
        values=st.lists(st.sampled_from(VALUES), min_size=3, max_size=12),
        late=st.booleans(),
        by_columns=st.booleans(),
    )
    def fill_the_disk(self, first: int, values: list[float], late: bool, by_columns: bool) -> None:
        """Nothing of what is sent is kept; loaded anew, the stream knows nothing of it."""
        seq, self.seq = self.seq, max(self.seq, self.model.highest)
        time_us = (self.model.newest or 0) + first
        rows = [self.a_row(0, values[i : i + 3], 1) for i in range(0, len(values) - 2, 3)]
        rows = [Row(time_us + i, row.value, row.seq) for i, row in enumerate(rows)]
        if late and rows[0].time_us - 40 not in self.model.rows:
            rows.append(Row(rows[0].time_us - 40, rows[0].value, rows[-1].seq + (rows[-1].seq > 0)))
        with full_disk():
            (found,) = self.run(self.submitted([rows], by_columns))
        assert isinstance(found.error, StoreUnavailable)
        self.seq = seq
        self.disconnect()
        self.server.store.create_stream(replace(self.record(), id="heals")).result()
        self.server.store.check()

    @rule(how=st.sampled_from(ENDS), part=st.integers(0, 2), channel=st.integers(0, 2))
    def end(self, how: str, part: int, channel: int) -> None:
        """Let one of many things happen that is no sending."""
        if how == "damage":
            self.damage_the_state(part, channel)
        else:
            getattr(self, how)()

    def damage_the_state(self, part: int, channel: int) -> None:
        """A state that cannot be used is learnt anew, from all rows."""
        if self.model.expired is not None:
            return
        self.disconnect()
        self.run(self.server.loader.unloaded())
        record, store = self.record(), self.server.store
        snapshot = store.snapshot(record)
        if snapshot is not None:
            place = len(snapshot.state) * (channel % self.model.width) // self.model.width
            state = bytearray(snapshot.state)
            if part == 0:
                del state[place:]
            elif place + 20 * part < len(state):  # it may be damaged already
                state[place + 20 * part] ^= 0xFF
            store.append(Observations.empty(), [replace(snapshot, state=bytes(state))]).result()

    def delete(self) -> None:
        """What is made again under its id is new."""
        self.disconnect()
        self.run(self.server.loader.remove("a"))
        former = self.model
        self.model = Model(former.detector, former.width, former.keyed, former.keep_us)
        self.make()

    def record(self) -> Stream:
        record = self.server.store.stream(0, "a")
        assert record is not None
        return record

    def disconnect(self) -> None:
        self.run(self.disconnected())

    def restart(self) -> None:
        self.disconnect()
        self.run(self.server.stop())
        self.run(self.open(self.server.path))

    def kill(self) -> None:
        """Go on with the files as they are after the last answer."""
        self.lives += 1
        path = self.folder / f"{self.lives}.db"
        for end in ("", "-wal"):
            former = Path(f"{self.server.path}{end}")
            if former.exists():
                shutil.copyfile(former, f"{path}{end}")
        self.live = None
        self.run(self.server.stop())
        self.run(self.open(path))

    def retain(self) -> None:
        if self.live is None:
            return
        self.run(self.server.retention.enforce())
        self.model.retain()

    @invariant()
    def all_is_kept(self) -> None:
        store, record = self.server.store, self.record()
        rows = store.tail(record, after_us=None)
        wanted = self.model.in_order()
        assert rows.time_us.tolist() == [kept.row.time_us for kept in wanted]
        assert rows.late.tolist() == [kept.late for kept in wanted]
        scores = np.array([kept.score for kept in wanted])
        np.testing.assert_array_equal(rows.score, scores)
        if self.model.keyed and wanted:
            assert rows.key is not None
            assert rows.key.tolist() == [kept.row.seq for kept in wanted]
        values = rows.value.reshape(-1, 1) if rows.vector is None else rows.vector
        table = np.array([kept.row.value for kept in wanted]).reshape(-1, self.model.width)
        np.testing.assert_array_equal(values[:, : self.model.width] if wanted else table, table)
        if self.live is not None and self.live.newest_us is not None:
            assert self.live.seq == self.model.count

    def teardown(self) -> None:
        if hasattr(self, "server"):
            self.live = None
            self.run(self.server.stop())
            self.loop.close()
            shutil.rmtree(self.folder)


LAX = [HealthCheck.too_slow, HealthCheck.data_too_large]

TestMachine = Machine.TestCase
TestMachine.settings = settings(
    max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=LAX
)


@pytest.mark.slow
def test_the_machine_runs_for_long() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=200, stateful_step_count=60, deadline=None, suppress_health_check=LAX
        ),
    )
