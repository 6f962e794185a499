"""A disk that is full under a real server: it refuses, says so, and goes on when there is room."""

from __future__ import annotations

import json
import resource
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from standout.service.scoring import detect
from tests.acceptance.process import Process, serving

WINDOW = 50
VALUES = np.random.default_rng(5).standard_t(3, 40_000).round(4)
FRAME = 200
FULL_BYTES = 600_000


def set_limit(server: Process, most_bytes: int) -> None:
    """Let no file of a process grow over so many bytes: to it the disk is full there."""
    _, hard = resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (most_bytes, hard))


def frame(first: int, last: int) -> dict[str, list[Any]]:
    return {"timestamp": list(range(first, last)), "value": VALUES[first:last].tolist()}


def send(port: int, scores: list[float | None], until: int) -> tuple[dict[str, Any], int] | None:
    """Send what has no answer yet; return the problem and the code with which it ended."""
    with connect(f"ws://127.0.0.1:{port}/ws/a?window={WINDOW}&detail=1") as websocket:
        try:
            while len(scores) < until:
                last = min(len(scores) + FRAME, until)
                websocket.send(json.dumps(frame(len(scores), last)))
                answer = json.loads(websocket.recv(30))
                if "status" in answer:
                    websocket.recv(30)
                scores += answer["score"]
        except ConnectionClosed:
            assert websocket.protocol.close_code is not None
            return answer, websocket.protocol.close_code
    return None


def test_a_full_disk_refuses_says_so_and_recovers(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    scores: list[float | None] = []
    with serving(data_dir) as server:
        _, hard = resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE)
        base = f"http://127.0.0.1:{server.port}"
        assert send(server.port, scores, 1_000) is None
        for _ in range(2):
            set_limit(server, FULL_BYTES)
            ended = send(server.port, scores, len(VALUES))
            assert ended is not None
            problem, code = ended
            assert (problem["type"], problem["status"]) == ("/problems/store-unavailable", 503)
            assert "cannot write" in problem["detail"]
            assert "send it again" in problem["detail"]
            assert code == 1011
            body = "timestamp,value\n" + "".join(f"{i},1.5\n" for i in range(30_000))
            upload = httpx2.post(
                f"{base}/streams/b/observations?verdicts=none",
                content=body,
                headers={"content-type": "text/csv"},
                timeout=60,
            )
            assert upload.status_code == 503, upload.text
            assert "cannot write" in upload.json()["detail"]
            health = httpx2.get(f"{base}/health")
            assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
            # What is kept can still be read.
            assert httpx2.get(f"{base}/streams/a").json()["count"] == len(scores)

            resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (hard, hard))
            assert send(server.port, scores, len(scores) + 1_000) is None
            assert httpx2.get(f"{base}/health").json()["status"] == "healthy"
        metrics = httpx2.get(f"{base}/metrics").text
        failed = next(x for x in metrics.splitlines() if x.startswith("standout_failed_total"))
        assert float(failed.split()[1]) > 0
        assert server.stop() == 0
    told = np.array([np.nan if score is None else score for score in scores])
    wanted = detect(VALUES[: len(told)], window=WINDOW).score
    assert told.tobytes() == wanted.tobytes()
    assert "Traceback" not in data_dir.with_suffix(".log").read_text()
