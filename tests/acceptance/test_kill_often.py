"""kill -9 at fifty random moments: in start, in uploads and frames, in stopping.

Nothing that was answered is lost, and no verdict differs from those of a server that never stopped.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from standout.domain.records import DEFAULT_TENANT
from standout.store.sqlite import SqliteStore
from tests.acceptance.process import Process, serving, starting
from tests.acceptance.senders import TOLD, Answered, Maker, Sender, SocketSender, UploadSender

pytestmark = pytest.mark.slow

SEED = 20_261_121
MOMENTS = ("load",) * 27 + ("start",) * 10 + ("stop",) * 10
ROWS = 60_000
LAST_LIFE_S = 3.0
# As often as the window allows, so that many deaths fall into a snapshot.
SETTINGS = {"STANDOUT_STREAMS__SNAPSHOT_EVERY": "50", "STANDOUT_LOG_LEVEL": "INFO"}


class Clients:
    """Everyone who talks to the server, over all its lives."""

    def __init__(self) -> None:
        names = ("points", "array", "columns", "ndjson", "arrow", "csv")
        self.alone = {name: Answered(name, ROWS, seed) for seed, name in enumerate(names)}
        self.many = [Answered(f"many-{k}", ROWS, 100 + k) for k in range(20)]
        self.there: set[str] = set()
        self.gone: set[str] = set()
        self.interrupted = 0

    @property
    def streams(self) -> list[Answered]:
        return [*self.alone.values(), *self.many]

    def start(self, port: int, life: int) -> list[Sender]:
        senders: list[Sender] = [
            SocketSender(port, self.alone["points"], "points", 1, 100),
            SocketSender(port, self.alone["array"], "array", 40, 8),
            SocketSender(port, self.alone["columns"], "columns", 100, 4),
            UploadSender(port, "/observations", self.many, "ndjson", 60),
            Maker(port, life),
        ]
        for name, size in (("ndjson", 400), ("arrow", 1_500), ("csv", 700)):
            path = f"/streams/{name}/observations"
            senders.append(UploadSender(port, path, [self.alone[name]], name, size))
        for sender in senders:
            sender.start()
        return senders

    def finish(self, senders: list[Sender]) -> None:
        for sender in senders:
            sender.finish()
            self.interrupted += sender.interrupted
            if isinstance(sender, Maker):
                self.there.update(sender.there)
                self.gone.update(sender.gone)

    def check_store(self, data_dir: Path, scratch: Path) -> None:
        """Look into a copy: the dead server's files are left for the next one to recover."""
        if not (data_dir / "standout.db").exists():
            assert not any(stream.told for stream in self.streams)
            return
        for file in data_dir.glob("standout.db*"):
            shutil.copy(file, scratch)
        store = SqliteStore(scratch / "standout.db")
        try:
            for stream in self.streams:
                check_kept(store, stream)
            assert all(store.stream(DEFAULT_TENANT, name) for name in self.there)
            assert not any(store.stream(DEFAULT_TENANT, name) for name in self.gone)
        finally:
            store.close()
            for file in scratch.iterdir():
                file.unlink()


def check_kept(store: SqliteStore, stream: Answered) -> None:
    """Every answered observation is stored as it was answered, and none that was not sent."""
    record = store.stream(DEFAULT_TENANT, stream.name)
    if record is None:
        assert not stream.told, stream.name
        return
    rows = store.latest(record, limit=ROWS)
    n = len(stream.told)
    assert len(rows) >= n, stream.name
    assert rows.time_us.tolist() == [i * 1_000_000 for i in range(len(rows))], stream.name
    assert rows.seq.tolist() == list(range(1, len(rows) + 1)), stream.name
    assert rows.value.tobytes() == stream.values[: len(rows)].tobytes(), stream.name
    for k, key in enumerate(TOLD):
        told = np.array([row[k] for row in stream.told])
        assert getattr(rows, key)[:n].tobytes() == told.tobytes(), (stream.name, key)


def die(server: Process, moment: str, random: np.random.Generator) -> None:
    """Kill a server under load, at once or in the middle of its stopping."""
    if moment == "stop":
        time.sleep(random.uniform(0.1, 0.6))
        server.popen.terminate()
        time.sleep(random.uniform(0.0, 0.15))
    else:
        time.sleep(random.uniform(0.02, 1.0))
    server.kill()


def test_killed_fifty_times(tmp_path: Path) -> None:
    data_dir, scratch = tmp_path / "data", tmp_path / "copy"
    scratch.mkdir()
    random = np.random.default_rng(SEED)
    clients = Clients()
    start_s = 2.0
    # The first deaths are in the making of the database.
    moments = ["start"] * 3 + random.permutation(MOMENTS).tolist()
    assert len(moments) == 50
    for life, moment in enumerate(moments):
        begin = time.monotonic()
        if moment == "start":
            with starting(data_dir, **SETTINGS) as popen:
                time.sleep(random.uniform(0.0, start_s))
                popen.kill()
                popen.wait()
        else:
            with serving(data_dir, **SETTINGS) as server:
                start_s = time.monotonic() - begin
                senders = clients.start(server.port, life)
                die(server, moment, random)
                clients.finish(senders)
        clients.check_store(data_dir, scratch)
    # Most deaths tore something that was on its way.
    assert clients.interrupted > 100
    with serving(data_dir, **SETTINGS) as server:
        senders = clients.start(server.port, len(moments))
        time.sleep(LAST_LIFE_S)
        clients.finish(senders)
        assert not any(sender.interrupted for sender in senders)
        assert server.stop() == 0
    clients.check_store(data_dir, scratch)
    for stream in clients.streams:
        assert len(stream.told) > 1_000, stream.name
        stream.check()
    assert "Traceback" not in data_dir.with_suffix(".log").read_text()
