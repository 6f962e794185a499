"""Measure the pages: a stream of millions of points, and an overview of many streams.

Run ``python -m benchmarks.pages`` from the root of the repository; it needs Chromium. With
``--data FOLDER`` what was sent stays there, and a second run only measures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from playwright.sync_api import Page, sync_playwright
from tests.serving import Served, served

STEP_US = 1_000_000
START_US = 1_700_000_000_000_000
CHUNK = 50_000
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

FRAMES = """async (steps) => {
  const took = [];
  for (let i = 0; i < steps; i += 1) {
    const key = i % 8 < 4 ? "+" : "-";
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const begin = performance.now();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - begin);
    await new Promise((done) => setTimeout(done, 40));
  }
  return took;
}"""
SCROLL = """async () => {
  const box = document.getElementById("scroller");
  const took = [];
  for (let i = 0; i < 60; i += 1) {
    box.scrollTop += 270;
    const begin = performance.now();
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    took.push(performance.now() - begin);
  }
  return took;
}"""


def values_of(n: int, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return noise on a swing, with a spike now and then."""
    random = np.random.default_rng(seed)
    values = np.sin(np.arange(n) / 5_000) * 5 + random.standard_normal(n)
    values[random.integers(0, n, max(1, n // 20_000))] += 30
    return np.round(values, 3)


def fill(server: Served, name: str, n: int, seed: int) -> None:
    """Send a stream, some ten thousand observations at a time, unless it is there."""
    values = values_of(n, seed)
    url = f"http://127.0.0.1:{server.port}/streams/{name}/observations"
    with httpx2.Client(timeout=120) as http:
        if http.get(url, params={"limit": 1}).status_code == 200:
            return
        for begin in range(0, n, CHUNK):
            part = values[begin : begin + CHUNK]
            times = START_US + (begin + np.arange(len(part))) * STEP_US
            body = json.dumps({"timestamp": times.tolist(), "value": part.tolist()})
            reply = http.post(url, content=body, headers={"Content-Type": "application/json"})
            assert reply.status_code == 200, reply.text


@contextmanager
def browser_page() -> Iterator[Page]:
    """Give a page of real Chromium."""
    with sync_playwright() as playwright:
        flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def told(took: list[float]) -> str:
    """Return median and 95th percentile of milliseconds."""
    ordered = sorted(took)
    high = ordered[int(len(ordered) * 0.95)]
    return f"median {statistics.median(took):.0f} ms, p95 {high:.0f} ms"


def opened(page: Page, url: str) -> float:
    """Open a page; return the seconds until it is ready."""
    begin = time.perf_counter()
    page.set_default_timeout(60_000)
    page.goto(url)
    page.wait_for_function("() => document.documentElement.dataset.ready === '1'")
    return time.perf_counter() - begin


def measure_stream(server: Served, n: int) -> None:
    """Measure the window of a long stream, and its page."""
    fill(server, "long", n, 1)
    url = f"http://127.0.0.1:{server.port}"
    end = START_US + n * STEP_US
    headers = {"Accept": "application/octet-stream"}
    for share in (1.0, 0.1, 0.01, 0.001):
        begin = np.datetime64(int(end - n * STEP_US * share), "us")
        took = []
        with httpx2.Client(headers=headers, timeout=60) as http:
            for _ in range(5):
                start = time.perf_counter()
                path = f"{url}/streams/long/window?from={begin}Z&px=1600"
                assert http.get(path).status_code == 200
                took.append((time.perf_counter() - start) * 1e3)
        print(f"window of {int(n * share):,} points: {told(took)}")
    with browser_page() as page:
        cold = opened(page, f"{url}/client/long?span=all")
        warm = opened(page, f"{url}/client/long?span=all")
        print(f"page of {n:,} points, all shown: {cold:.2f} s cold, {warm:.2f} s again")
        print(f"a zoom, from key to frame: {told(page.evaluate(FRAMES, 40))}")


def measure_overview(server: Served, n: int) -> None:
    """Measure the overview of many streams."""
    url = f"http://127.0.0.1:{server.port}"
    for i in range(n):
        fill(server, f"stream-{i:04}", 300, i)
    begin = time.perf_counter()
    size = len(httpx2.get(f"{url}/timeline", timeout=120).content)
    print(f"timeline of {n:,} streams, first: {time.perf_counter() - begin:.2f} s, {size:,} bytes")
    begin = time.perf_counter()
    httpx2.get(f"{url}/timeline", timeout=120)
    print(f"timeline again: {time.perf_counter() - begin:.2f} s")
    with browser_page() as page:
        print(f"overview of {n:,} streams: {opened(page, url):.2f} s")
        print(f"a scroll, to its frame: {told(page.evaluate(SCROLL))}")


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=5_000_000)
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument("--data", type=Path, help="folder in which the data stay")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.data or temporary
        size = {"max_upload_size": 500_000_000, "log_level": "ERROR"}
        with served(Path(folder) / "long", **size) as server:
            measure_stream(server, asked.points)
        with served(Path(folder) / "many", **size) as server:
            measure_overview(server, asked.streams)


if __name__ == "__main__":
    main()
