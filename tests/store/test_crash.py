"""Acknowledged means kept: a process is killed in the middle of its writes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from standout.store.sqlite import SqliteStore

# Three batches are always on their way, and every commit dawdles, so that the kill, which follows
# an acknowledgement at once, falls on an open transaction.
CHILD = """
import pathlib, sys, time
from collections import deque
from standout.store import connections, sqlite
from standout.store.sqlite import SqliteStore
from tests.store.build import a_snapshot, a_stream, some_rows

def open_slow(path):
    connection = connections.open_writer(path)
    connection.set_trace_callback(lambda sql: sql == "COMMIT" and time.sleep(0.02))
    return connection

sqlite.open_writer = open_slow
store = SqliteStore(pathlib.Path(sys.argv[1]))
made = store.create_stream(a_stream()).result()
waiting = deque()
for batch in range(1_000_000):
    rows = some_rows(made, range(batch * 100, batch * 100 + 100))
    snapshot = a_snapshot(made, seq=batch * 100 + 100)
    waiting.append((batch, store.append(rows, [snapshot])))
    if len(waiting) == 3:
        done, future = waiting.popleft()
        future.result()
        print(done, flush=True)
"""


@pytest.mark.parametrize("batches", [1, 4, 15])
def test_every_acknowledged_row_outlives_kill_9(path: Path, batches: int) -> None:
    command = [sys.executable, "-c", CHILD, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) + 1 >= batches:
                child.kill()
                break
        acknowledged = int(line)
        for line in child.stdout:
            # The last line may be torn by the kill.
            if line.endswith("\n"):
                acknowledged = int(line)
    assert child.returncode == -9

    store = SqliteStore(path)
    stream = store.stream(0, "pump-7")
    assert stream is not None
    times = store.tail(stream, after_us=None).time_us
    snapshot = store.snapshot(stream)
    assert len(times) >= (acknowledged + 1) * 100
    assert len(times) % 100 == 0
    np.testing.assert_array_equal(times, np.arange(len(times)))
    assert snapshot is not None
    assert snapshot.seq == len(times)
    store.close()
