"""``/metrics``: what is counted and timed, as Prometheus reads it."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.serving import READ_TIMEOUT_S, Served, served


def meters(server: Served) -> dict[str, float]:
    """Return each sample by its name, those with labels summed."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(server.get("/metrics").text):
        assert family.documentation, family.name
        for sample in family.samples:
            found[sample.name] = found.get(sample.name, 0.0) + sample.value
    return found


def test_points_verdicts_anomalies_times_and_memory(tmp_path: Path) -> None:
    values = [*([1.0, 2.0, 3.0] * 20), 50.0, 2.0]
    with served(tmp_path) as server:
        before = meters(server)
        assert before["standout_points_total"] == before["standout_active_streams"] == 0
        with server.socket("/ws/a") as websocket:
            columns = {"timestamp": list(range(len(values))), "value": values}
            # The second is the first again: nothing is counted twice.
            for frame in (columns, columns, {"timestamp": -5, "value": 1.0}):
                websocket.send(json.dumps(frame))
                websocket.recv(READ_TIMEOUT_S)
            during = meters(server)
        httpx2.get(f"http://127.0.0.1:{server.port}/streams/nobody")
        wrong = [x for x in server.get("/metrics").text.splitlines() if 'status="404"' in x]
        summary = server.get("/streams/a").json()

    assert during["standout_active_streams"] == during["standout_loaded_streams"] == 1
    assert during["standout_points_total"] == len(values) + 1 == summary["count"]
    assert during["standout_verdicts_total"] == len(values) - 30
    assert during["standout_anomalies_total"] == summary["anomalies"] > 0
    assert during["standout_late_total"] == 1
    assert during["standout_failed_total"] == 0
    assert during["standout_backlog"] == during["standout_queue_depth"] == 0
    assert during["standout_commit_seconds_count"] == 2
    assert 0 < during["standout_commit_seconds_sum"] < 60
    assert during["standout_request_seconds_count"] > before["standout_request_seconds_count"]
    assert during["process_resident_memory_bytes"] > 10e6
    assert any(x.startswith("standout_request_seconds_count") for x in wrong)
