"""Load for half an hour: connects, disconnects, uploads, queries, slow readers; memory stays flat.

``make soak`` runs it for 30 minutes; ``make soak MINUTES=5`` for as long as you like, at least 2.

The rule: after the first third, in which caches fill and every stream that the load ever uses has
been made, the medians of the samples of the second and of the last third are compared. Memory may
grow by 5 % and 8 MiB, open files by 8 and threads by 8, and never may more rows wait for the store
than ``store.max_pending_rows``. Rows are kept for good, so the database grows; memory may not.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2
from rich.console import Console
from rich.table import Table

from benchmarks.processes import Process, process, standout
from benchmarks.soaking import Soaking

MINUTES = 30.0
SAMPLES = 120
GROWTH, SLACK_BYTES = 1.05, 8 << 20
SLACK_FILES, SLACK_THREADS = 8, 8
MAX_PENDING_ROWS = 200_000
EVERY_ROW = 12


@dataclass(frozen=True)
class Sample:
    """What was seen of the server at one moment."""

    at_s: float
    rss_bytes: int
    open_files: int
    threads: int
    queue_depth: int
    backlog: int
    loaded_streams: int
    points: int


async def sample(server: Process, begin: float, client: httpx2.AsyncClient) -> Sample:
    """Look at a server from outside, and ask it for its meters."""
    told = (await client.get("/metrics")).text
    meters = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    named = {
        name: int(float(meters[f"standout_{meter}"]))
        for name, meter in (
            ("queue_depth", "queue_depth"),
            ("backlog", "backlog"),
            ("loaded_streams", "loaded_streams"),
            ("points", "points_total"),
        )
    }
    return Sample(
        time.monotonic() - begin, server.rss_bytes, server.open_files, server.threads, **named
    )


async def soak(seconds: float) -> tuple[list[Sample], Soaking]:
    """Put the load on a server for so long, and sample it."""
    samples: list[Sample] = []
    with TemporaryDirectory() as folder:
        command, settings = standout(Path(folder))
        async with process(*command, **settings) as server:
            soaking = Soaking(server.port)
            begin = time.monotonic()
            base = f"http://127.0.0.1:{server.port}"
            async with httpx2.AsyncClient(base_url=base, timeout=60) as client:
                async with soaking:
                    while (now := time.monotonic() - begin) < seconds:
                        soaking.raise_failures()
                        samples.append(await sample(server, begin, client))
                        await asyncio.sleep(min(seconds / SAMPLES, seconds - now))
                samples.append(await sample(server, begin, client))
                health = (await client.get("/health")).json()
                assert health["status"] == "healthy", health
    return samples, soaking


def faults(samples: list[Sample]) -> list[str]:
    """Return what the rule finds wrong."""
    third = len(samples) // 3
    middle, last = samples[third : 2 * third], samples[2 * third : -1]

    def grown(name: str, most: float) -> list[str]:
        a, z = (median(getattr(s, name) for s in part) for part in (middle, last))
        return [f"{name} grew from {a:,.0f} to {z:,.0f}"] if z > most else []

    def of_middle(name: str) -> float:
        return float(median(getattr(s, name) for s in middle))

    deepest = max(s.queue_depth for s in samples)
    return [
        *grown("rss_bytes", of_middle("rss_bytes") * GROWTH + SLACK_BYTES),
        *grown("open_files", of_middle("open_files") + SLACK_FILES),
        *grown("threads", of_middle("threads") + SLACK_THREADS),
        *([f"{deepest:,} rows waited for the store"] if deepest > MAX_PENDING_ROWS else []),
    ]


def print_samples(console: Console, samples: list[Sample]) -> None:
    """Print a sample in so many, and the last."""
    names = [field.name for field in fields(Sample)]
    table = Table(*names)
    for row in [*samples[::EVERY_ROW], samples[-1]]:
        table.add_row(*[f"{getattr(row, name):,.0f}" for name in names])
    console.print(table)


def main() -> None:
    """Soak for the minutes of the first argument; end with 1 if the rule is broken."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    console = Console(width=130)
    samples, soaking = asyncio.run(soak(max(minutes, 2.0) * 60))
    print_samples(console, samples)
    console.print(", ".join(f"{n:,} {what}" for what, n in soaking.done.items()))
    console.print(f"load average {os.getloadavg()[0]:.2f}")
    found = faults(samples)
    console.print("flat" if not found else "NOT FLAT: " + "; ".join(found))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
