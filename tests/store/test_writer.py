"""The thread that writes: group commit, order, purges; and the reads beside it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Barrier

import pytest

from standout.errors import StoreUnavailable
from standout.store import connections, writer
from standout.store.sqlite import SqliteStore
from tests.store.build import a_stream, some_rows
from tests.store.gate import Gate


def test_a_commit_is_on_the_disk_before_it_is_told(path: Path) -> None:
    connection = connections.open_writer(path)

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    connection.close()


def test_writes_that_wait_share_one_commit(sqlite_store: SqliteStore) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    gate = Gate(sqlite_store)
    with ThreadPoolExecutor(8) as pool:
        futures = list(pool.map(lambda t: sqlite_store.append(some_rows(made, [t])), range(200)))
    assert sqlite_store.pending() == 200
    assert len(sqlite_store.latest(made, limit=1)) == 0
    before = sqlite_store._writer.commits

    gate.open()
    wait(futures)

    assert sqlite_store._writer.commits == before + 2  # the gate's own, and one for all
    assert sqlite_store.pending() == 0
    assert len(sqlite_store.tail(made, after_us=None)) == 200


def test_a_transaction_is_bounded(path: Path) -> None:
    store = SqliteStore(path, max_commit_rows=100)
    made = store.create_stream(a_stream()).result()
    gate = Gate(store)
    futures = [store.append(some_rows(made, range(t, t + 30))) for t in range(0, 900, 30)]
    before = store._writer.commits

    gate.open()
    wait(futures)

    assert store._writer.commits == before + 1 + 8  # 30 appends of 30 rows, four to a commit
    store.close()


def test_futures_are_done_in_the_order_of_the_calls(sqlite_store: SqliteStore) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    gate = Gate(sqlite_store)
    done: list[int] = []
    futures = []
    for time in range(50):
        futures.append(sqlite_store.append(some_rows(made, [time])))
        futures[-1].add_done_callback(lambda _, time=time: done.append(time))  # type: ignore[misc]

    gate.open()
    sqlite_store.close()

    assert done == list(range(50))


def test_closing_writes_what_is_queued(path: Path) -> None:
    store = SqliteStore(path)
    made = store.create_stream(a_stream()).result()
    futures = [store.append(some_rows(made, [time])) for time in range(100)]

    store.close()

    assert all(future.done() and future.result() is None for future in futures)
    store = SqliteStore(path)
    assert len(store.tail(made, after_us=None)) == 100
    store.close()


def test_changes_between_appends_keep_their_order(sqlite_store: SqliteStore) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    gate = Gate(sqlite_store)
    sqlite_store.append(some_rows(made, [1]))
    sqlite_store.delete_stream(made)
    again = sqlite_store.create_stream(a_stream())

    gate.open()

    stream = again.result()
    assert stream.key > made.key
    assert len(sqlite_store.tail(stream, after_us=None)) == 0


def test_a_write_that_fails_by_itself_leaves_its_neighbours(sqlite_store: SqliteStore) -> None:
    gate = Gate(sqlite_store)
    fine = sqlite_store.create_stream(a_stream("fine"))
    wrong = sqlite_store.create_stream(a_stream("wrong", params={"f": object()}))
    also_fine = sqlite_store.create_stream(a_stream("also fine"))

    gate.open()

    with pytest.raises(TypeError, match="JSON"):
        wrong.result()
    assert {fine.result().id, also_fine.result().id} == {"fine", "also fine"}
    assert [stream.id for stream in sqlite_store.streams(0, limit=9)] == ["also fine", "fine"]
    sqlite_store.check()


def test_rows_of_a_deleted_stream_leave_the_file_by_and_by(
    sqlite_store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TIDY_ROWS", 100)
    made = sqlite_store.create_stream(a_stream()).result()
    other = sqlite_store.create_stream(a_stream("other")).result()
    sqlite_store.append(some_rows(made, range(1_234))).result()
    sqlite_store.append(some_rows(other, range(10))).result()

    sqlite_store.delete_stream(made).result()
    while sqlite_store._writer._untidy():
        sqlite_store.append(some_rows(other, [10 + sqlite_store._writer.commits])).result()

    connection = sqlite3.connect(path)
    assert connection.execute("SELECT DISTINCT stream FROM observations").fetchall() == [
        (other.key,)
    ]
    assert connection.execute("SELECT count(*) FROM purges").fetchone() == (0,)
    connection.close()


def test_a_purge_goes_on_after_a_restart(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "TIDY_ROWS", 0)
    store = SqliteStore(path)
    made = store.create_stream(a_stream()).result()
    store.append(some_rows(made, range(50))).result()
    store.delete_stream(made).result()
    store.close()

    monkeypatch.setattr(writer, "TIDY_ROWS", 20)
    store = SqliteStore(path)
    while store._writer._untidy():
        store.create_stream(a_stream()).result()
    store.close()

    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM observations").fetchone() == (0,)
    connection.close()


def test_anomalies_are_read_from_their_index(sqlite_store: SqliteStore) -> None:
    asked: list[str] = []
    made = sqlite_store.create_stream(a_stream()).result()
    pool = sqlite_store._reads
    with pool._borrowed() as connection:
        connection.set_trace_callback(asked.append)
    sqlite_store.anomalies(made, limit=5, from_us=0, to_us=9)

    with pool._borrowed() as connection:
        connection.set_trace_callback(None)
        plans = [
            str(connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
            for query in asked
            if "time_us" in query
        ]

    assert len(plans) == 2
    assert "USING INDEX ix_observations_flagged (tenant=? AND stream=? AND time_us>?" in plans[0]
    assert "SEARCH flags USING PRIMARY KEY (tenant=? AND stream=? AND time_us>?" in plans[1]
    assert "TEMP B-TREE" not in "".join(plans)


def test_reads_reuse_their_connections(sqlite_store: SqliteStore) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sqlite_store.latest(made, limit=1), range(100)))

    assert 1 <= len(sqlite_store._reads._idle) <= 4


def test_closing_in_the_middle_leaves_no_one_waiting(sqlite_store: SqliteStore) -> None:
    made = sqlite_store.create_stream(a_stream()).result()
    started = Barrier(5)

    def use(thread: int) -> int:
        started.wait()
        for turn in range(1_000_000):
            try:
                sqlite_store.append(some_rows(made, [turn * 4 + thread])).result(10)
                sqlite_store.latest(made, limit=5)
            except StoreUnavailable:
                return turn
        raise AssertionError("the store was never closed")

    with ThreadPoolExecutor(4) as pool:
        turns = [pool.submit(use, thread) for thread in range(4)]
        started.wait()
        sqlite_store.append(some_rows(made, [-1])).result()
        sqlite_store.close()
        assert all(turn.result(10) >= 0 for turn in turns)
