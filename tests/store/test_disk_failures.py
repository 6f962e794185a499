"""A disk that is full or fails: nothing half kept, and the store heals by itself."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from standout.errors import StoreUnavailable
from standout.store import connections, sqlite
from standout.store.ledger import Ledger
from standout.store.sqlite import SqliteStore
from standout.store.writes import Change
from tests.store.build import a_snapshot, a_stream, assert_same, some_rows
from tests.store.gate import Gate


def test_a_full_disk_keeps_nothing_of_the_write_and_heals(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    max_pages = 1_000_000

    def open_small(where: Path) -> sqlite3.Connection:
        connection = connections.open_writer(where)
        connection.execute(f"PRAGMA max_page_count = {max_pages}")
        return connection

    monkeypatch.setattr(sqlite, "open_writer", open_small)
    SqliteStore(path).close()
    max_pages = 40
    store = SqliteStore(path)
    made = store.create_stream(a_stream()).result()
    kept = some_rows(made, range(100))
    store.append(kept, [a_snapshot(made, seq=1)]).result()
    gate = Gate(store)
    # The first does not fit; the second would, but may build on what the first could not keep.
    big = store.append(some_rows(made, range(100, 9_000)), [a_snapshot(made, seq=2)])
    small = store.append(some_rows(made, range(9_000, 9_001)))

    gate._open.set()

    for future in (big, small):
        with pytest.raises(StoreUnavailable, match="full"):
            future.result()
    with pytest.raises(StoreUnavailable, match="full"):
        store.check()
    assert store.pending() == 0
    assert_same(store.tail(made, after_us=None), kept)
    assert store.snapshot(made) == a_snapshot(made, seq=1)

    max_pages = 1_000_000
    store.append(some_rows(made, range(100, 9_000))).result()

    store.check()
    assert len(store.tail(made, after_us=None)) == 9_000
    store.close()


def test_a_file_that_cannot_be_opened_again_fails_writes_until_it_can(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqliteStore(path)
    made = store.create_stream(a_stream()).result()
    there = [False]

    def open_if_there(where: Path) -> sqlite3.Connection:
        if not there[0]:
            raise sqlite3.OperationalError("unable to open database file")
        return connections.open_writer(where)

    def break_down(_: Ledger) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite, "open_writer", open_if_there)
    with pytest.raises(StoreUnavailable, match="disk I/O error"):
        store._writer.submit(Change(apply=break_down)).result()
    with pytest.raises(StoreUnavailable, match="unable to open"):
        store.append(some_rows(made, [1])).result()
    with pytest.raises(StoreUnavailable, match="unable to open"):
        store.check()

    there[0] = True
    store.append(some_rows(made, [1])).result()

    store.check()
    assert_same(store.tail(made, after_us=None), some_rows(made, [1]))
    store.close()


RLIMIT_CHILD = """
import pathlib, resource, sys
from standout.errors import StoreUnavailable
from standout.store.sqlite import SqliteStore
from tests.store.build import a_stream, some_rows

store = SqliteStore(pathlib.Path(sys.argv[1]))
made = store.create_stream(a_stream()).result()
store.append(some_rows(made, range(10))).result()
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
for _ in range(2):
    try:
        store.append(some_rows(made, range(10, 30_000))).result()
        sys.exit("it fits")
    except StoreUnavailable as error:
        print(error)
assert len(store.tail(made, after_us=None)) == 10
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
store.append(some_rows(made, range(10, 30_000))).result()
store.check()
store.close()
print("healed")
"""


def test_a_write_that_the_system_refuses_heals_too(path: Path) -> None:
    command = [sys.executable, "-c", RLIMIT_CHILD, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[-1] == "healed"
    assert all("The store cannot write" in line for line in lines[:-1])
    assert len(lines) == 3
    store = SqliteStore(path)
    stream = store.stream(0, "pump-7")
    assert stream is not None
    np.testing.assert_array_equal(store.tail(stream, after_us=None).time_us, np.arange(30_000))
    store.close()
