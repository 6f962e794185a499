"""What one prediction costs the server, beside a FastAPI route that only validates its body.

Both are processes of their own, and their CPU time is read from the operating system; the load
comes over a few connections that wait for each answer.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import numpy as np
import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Process, process, standout

ROWS = 5_000
REQUESTS = 8_000
ROUNDS = 6
CONNECTIONS = 4
BARE = "FastAPI and pydantic, doing nothing"
WANTED = ("isolation_forest", "random_forest", "logistic_regression")
"""These must not cost more than the bare route; the others are told."""
ROW = {"price": 120.5, "volume": 950.0, "amount": 10_000.0}


@dataclass(frozen=True)
class Cost:
    """What a request costs, in microseconds of the server's CPU."""

    name: str
    cpu_us: float
    wanted: bool = False


def table() -> bytes:
    """Return a CSV to train on."""
    random = np.random.default_rng(0)
    price = 100 + 5 * random.standard_normal(ROWS)
    columns = {
        "price": price,
        "volume": 1_000 + 50 * random.standard_normal(ROWS),
        "amount": 10_000 + 100 * random.standard_normal(ROWS),
        "is_anomaly": (price > 110).astype(int),
    }
    return pl.DataFrame(columns).write_csv().encode()


def train(port: int) -> dict[str, str]:
    """Train a model of each algorithm; return their ids by name."""
    found = {}
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=600) as client:
        file = {"file": ("table.csv", table(), "text/csv")}
        dataset_id = client.post("/upload-dataset", files=file).json()["dataset_id"]
        for algorithm in client.get("/algorithms").json()["algorithms"]:
            asked: dict[str, Any] = {
                "algorithm": algorithm["name"],
                "target_column": "price",
                "feature_columns": ["volume", "amount"],
            }
            if algorithm["supervised"]:
                asked["label_column"] = "is_anomaly"
            answer = client.post(f"/train/{dataset_id}", json=asked, params={"wait": 300})
            answer.raise_for_status()
            found[algorithm["name"]] = answer.json()["model_id"]
    return found


async def ask(port: int, body: bytes, count: int) -> None:
    """Send a request so many times on one connection, each after the answer to the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    request = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    for _ in range(count):
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = next(
            int(line[15:])
            for line in answer.lower().split(b"\r\n")
            if line[:15] == b"content-length:"
        )
        await reader.readexactly(length)
    writer.close()
    await writer.wait_closed()


async def cost(server: Process, body: bytes, count: int) -> float:
    """Return the server's microseconds a request, over so many."""
    await ask(server.port, body, 100)
    before = server.cpu_s
    each = count // CONNECTIONS
    await asyncio.gather(*[ask(server.port, body, each) for _ in range(CONNECTIONS)])
    return (server.cpu_s - before) / (each * CONNECTIONS) * 1e6


async def measure() -> list[Cost]:
    """Measure all, the bare route first: in turns, so that what else runs slows all alike."""
    best: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        command, settings = standout(Path(folder))
        async with (
            process("benchmarks.validating") as bare,
            process(*command, **settings) as server,
        ):
            models = await asyncio.to_thread(train, server.port)
            for _ in range(ROUNDS):
                for name, model_id in {BARE: "a_model", **models}.items():
                    body = json.dumps({"model_id": model_id, "data": ROW}).encode()
                    count = REQUESTS if name in {BARE, *WANTED} else REQUESTS // 10
                    found = await cost(bare if name == BARE else server, body, count)
                    best[name] = min(best.get(name, found), found)
    return [Cost(name, cpu_us, name in WANTED) for name, cpu_us in best.items()]


def main() -> None:
    """Print the table."""
    console = Console(width=110)
    console.print(f"load average {os.getloadavg()[0]:.2f} at the start")
    bare, *others = asyncio.run(measure())
    shown = Table("POST /predict, one row with its contributions", "CPU µs a request", "wanted", "")
    shown.add_row(bare.name, f"{bare.cpu_us:.0f}", "", "")
    for one in others:
        reached = "reached" if one.cpu_us <= bare.cpu_us else "SHORT"
        limit = (f"≤ {bare.cpu_us:.0f}", reached) if one.wanted else ("", "")
        shown.add_row(one.name, f"{one.cpu_us:.0f}", *limit)
    console.print(shown)
    console.print(f"load average {os.getloadavg()[0]:.2f} at last")


if __name__ == "__main__":
    main()
