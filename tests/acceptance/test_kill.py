"""A real server, killed in mid-stream: what it answered is kept, and nothing else changes."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage
from websockets.sync.client import connect

from standout.domain.records import DEFAULT_TENANT
from standout.service.scoring import detect
from standout.store.sqlite import SqliteStore
from tests.acceptance.process import serving

ROWS = 4_000
WINDOW = 64


def made(seed: int) -> list[float]:
    random = np.random.default_rng(seed)
    return [float(v) for v in np.round(random.standard_t(3, ROWS), 4)]


class Client(threading.Thread):
    """Sends observations ahead, and keeps every answer that came."""

    def __init__(self, port: int, name: str, values: list[float], start: int) -> None:
        super().__init__()
        self.url = f"ws://127.0.0.1:{port}/ws/{name}?window={WINDOW}&detail=1"
        self.values = values
        self.first = start
        self.answers: list[dict[str, Any]] = []
        self.reached = threading.Event()
        self.stop_at = ROWS

    def run(self) -> None:
        try:
            with connect(self.url) as websocket:
                sent = self.first
                while self.first + len(self.answers) < ROWS:
                    while sent < min(ROWS, self.first + len(self.answers) + 100):
                        websocket.send(json.dumps({"timestamp": sent, "value": self.values[sent]}))
                        sent += 1
                    self.answers.append(json.loads(websocket.recv(30)))
                    if self.first + len(self.answers) >= self.stop_at:
                        self.reached.set()
        except (ConnectionClosed, InvalidMessage, OSError):
            pass
        self.reached.set()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_killed_in_mid_stream(tmp_path: Path, seed: int) -> None:
    data_dir = tmp_path / "data"
    random = np.random.default_rng(seed)
    names = ["one", "two", "three"]
    values = {name: made(seed * 10 + k) for k, name in enumerate(names)}
    got: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    deaths = 0
    while any(len(got[name]) < ROWS for name in names):
        with serving(data_dir, STANDOUT_STREAMS__SNAPSHOT_EVERY="300") as server:
            clients = {
                name: Client(server.port, name, values[name], len(got[name])) for name in names
            }
            watched = clients[names[deaths % len(names)]]
            # The third death is the last: then they run to their end.
            if deaths < 3:
                watched.stop_at = watched.first + int(random.integers(200, 1_000))
            for client in clients.values():
                client.start()
            if deaths < 3:
                watched.reached.wait(60)
                server.kill()
            for client in clients.values():
                client.join()
        deaths += 1
        for name, client in clients.items():
            got[name] += client.answers
        check_store(data_dir, got)
    assert deaths == 4
    for name in names:
        found = detect(values[name], window=WINDOW)
        scores = np.array([np.nan if a["score"] is None else a["score"] for a in got[name]])
        assert scores.tobytes() == found.score.tobytes()
        uppers = np.array([np.nan if a["upper"] is None else a["upper"] for a in got[name]])
        assert uppers.tobytes() == found.upper.tobytes()


def check_store(data_dir: Path, got: dict[str, list[dict[str, Any]]]) -> None:
    """Every answered observation is stored, with the verdict that was answered."""
    store = SqliteStore(data_dir / "standout.db")
    try:
        for name, answers in got.items():
            stream = store.stream(DEFAULT_TENANT, name)
            if stream is None:
                assert not answers
                continue
            rows = store.latest(stream, limit=ROWS)
            n = len(answers)
            assert rows.time_us[:n].tolist() == [a["timestamp"] * 1_000_000 for a in answers]
            scores = [np.nan if a["score"] is None else a["score"] for a in answers]
            assert rows.score[:n].tobytes() == np.array(scores).tobytes()
    finally:
        store.close()
