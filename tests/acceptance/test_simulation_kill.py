"""A server that is killed in the middle of a simulation leaves whole lines."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import httpx2

from tests.acceptance.process import serving


def written(data_dir: Path) -> list[dict[str, str]]:
    path = data_dir / "output" / "anomalies_streaming.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_simulation_that_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    content = "timestamp,value\n" + "".join(f"{i},99\n" for i in range(20_000))
    with serving(data) as process:
        base = f"http://127.0.0.1:{process.port}"
        told = httpx2.post(f"{base}/simulate/?rate=2000", files={"file": content}).json()
        deadline = time.monotonic() + 30
        while len(written(data)) < 50:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    # As a power cut might leave it: a line that was not finished.
    path = data / "output" / "anomalies_streaming.csv"
    before = written(data)
    assert all(row["reason"] == "Value 99.0 outside normal range" for row in before)
    with path.open("a") as file:
        file.write("20000,9")
    with serving(data) as process:
        base = f"http://127.0.0.1:{process.port}"
        # Every anomaly that was written is in the store.
        kept = httpx2.get(f"{base}/streams/{told['stream']}").json()
        assert kept["count"] >= len(before)
        job = httpx2.get(f"{base}/jobs/{told['simulation']}").json()
        assert job["state"] == "failed"
        short = "timestamp,value\n7,1\n"
        again = httpx2.post(f"{base}/simulate/?wait=true&rate=100", files={"file": short})
        assert again.status_code == 200
    after = written(data)
    assert after[:-1] == before
    assert after[-1] == {
        "timestamp": "7",
        "value": "1.0",
        "reason": "Value 1.0 outside normal range",
    }
