"""Make the pictures of the pages: a seeded demo at a frozen time, in real Chromium.

Run ``python docs/screenshots.py`` from the root of the repository; it writes ``docs/screenshots``.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import httpx2
import numpy as np
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from standout.bootstrap import Services, build
from standout.server import logs
from standout.server.app import create_app
from standout.server.run import listen, uvicorn_config
from standout.service.heads import HeadReader
from standout.service.overview import OverviewService
from standout.settings import load_settings
from standout.types import Times, Values

FOLDER = Path(__file__).parent / "screenshots"
NOW = datetime(2026, 3, 5, 3, 40, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
DAY_S = 86_400
COLOURS = 64
KNOCK = 5
"""A bearing that fails knocks: every so many observations of its drift stand out."""
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Made:
    """A stream of the demo: its shape, and what goes wrong in it.

    Parameters
    ----------
    events
        Begin and length in hours before now and hours, then the height in widths of the noise.
    missing
        Hours before now between which nothing came.
    """

    id: str
    what: str
    unit: str | None
    level: float
    noise: float
    swing: float = 0.0
    step_s: int = 60
    window: int = 100
    events: tuple[tuple[float, float, float], ...] = ()
    missing: tuple[float, float] | None = None
    drift: float = 0.0


STREAMS = (
    Made(
        "pump-7",
        "bearing temperature",
        "°C",
        64.5,
        0.55,
        1.6,
        step_s=10,
        window=300,
        events=((17.2, 0.02, 9), (0.84, 0.01, 11)),
        drift=0.3,
    ),
    Made("checkout", "latency p95", "ms", 180, 9, 22, events=((9.2, 0.03, 11), (0.07, 0.2, 8))),
    Made("feeder-12", "voltage", "V", 230.4, 0.3, 0.4, events=((13.6, 0.03, -8), (0.045, 0.2, -6))),
    Made("orders", "per minute", None, 190, 6, 14, events=((6.4, 0.9, -10), (16.1, 0.02, 6))),
    Made("turbine-3", "vibration", "mm/s", 2.3, 0.05, 0.1, events=((7.8, 0.02, 8),)),
    Made(
        "cold-store-2",
        "temperature",
        "°C",
        -19.2,
        0.12,
        0.3,
        events=((11.1, 0.05, 9),),
        missing=(4.75, 3.7),
    ),
    Made("login-failures", "per minute", None, 6, 0.8, 1, events=((6.2, 0.1, 10),)),
    Made("line-4", "torque", "N·m", 38.7, 0.4, 0.8, events=((19.4, 0.02, -7),)),
    Made("ingest-queue", "depth", None, 1_204, 30, 70, events=((5.9, 0.03, 9),)),
    Made("node-14", "CPU steal", "%", 0.8, 0.04, 0.05),
    Made("dns", "error rate", "%", 0.02, 0.002, 0.002, events=((1.9, 0.02, 8),)),
    Made("boiler", "pressure", "bar", 6.1, 0.03, 0.08),
    Made("search", "latency p95", "ms", 96, 3, 7),
    Made("turbine-4", "vibration", "mm/s", 1.98, 0.04, 0.08),
    Made("pump-2", "bearing temperature", "°C", 62.4, 0.3, 1.2),
    Made("disk-array", "write latency", "ms", 3.4, 0.1, 0.2),
    Made("refunds", "per hour", None, 12, 0.7, 1.2),
    Made("line-2", "torque", "N·m", 41, 0.35, 0.7, missing=(24.1, 20.4)),
)


def values_of(made: Made, seed: int) -> tuple[Times, Values]:
    """Return a day of a stream: a daily swing, noise that drags, and its events."""
    random = np.random.default_rng(seed)
    seconds = np.arange(-DAY_S, 1, made.step_s)
    shape = (
        np.sin(seconds / 880 + seed) + 0.35 * np.sin(seconds / 240) + 0.4 * np.sin(seconds / 9e3)
    )
    noise = random.standard_normal(len(seconds))
    slow = np.convolve(random.standard_normal(len(seconds)), np.exp(-np.arange(30) / 7), "same")
    values = made.level + made.swing * shape + made.noise * (0.55 * noise + 0.22 * slow)
    for before_h, length_h, height in made.events:
        begin = -before_h * 3_600
        inside = (seconds >= begin) & (seconds < begin + max(length_h * 3_600, made.step_s))
        values[inside] += height * made.noise
    if made.drift:
        share = np.clip((seconds + made.drift * 3_600) / (made.drift * 3_600), 0, 1)
        knocks = (np.arange(len(seconds)) % KNOCK == 0) & (share > 0)
        values += made.noise * (9 * share + knocks * (11 + 26 * share))
    kept = np.ones(len(seconds), np.bool_)
    if made.missing:
        first, last = made.missing
        kept = (seconds < -first * 3_600) | (seconds >= -last * 3_600)
    return NOW_US + seconds[kept] * 1_000_000, np.round(values[kept], 4)


def seed(url: str) -> None:
    """Send the demo's streams, then say of some anomalies what they were."""
    with httpx2.Client(base_url=url, timeout=120) as http:
        for number, made in enumerate(STREAMS):
            settings: dict[str, Any] = {"window": made.window, "time_unit": "us"}
            settings |= {"unit": made.unit, "tags": [made.what]}
            if http.put(f"/streams/{made.id}", json=settings).is_client_error:
                http.put(f"/streams/{made.id}", json={"window": made.window, "time_unit": "us"})
            times, values = values_of(made, number)
            columns = {"timestamp": times.tolist(), "value": values.tolist()}
            reply = http.post(f"/streams/{made.id}/observations", json=columns)
            assert reply.status_code == 200, reply.text
        _say(http)


def _say(http: httpx2.Client) -> None:
    """Label what is more than an hour old: what was put in is real, the rest a false alarm."""
    for made in STREAMS:
        window = http.get(f"/streams/{made.id}/window", params={"px": 10, "limit": 1_000}).json()
        for one in window["anomalies"]:
            before_h = (NOW_US - one["peak_us"]) / 3.6e9
            real = any(b + 0.1 > before_h > b - length - 0.1 for b, length, _ in made.events)
            if before_h < 1 and not (made.id == "pump-7" and before_h > 0.5):
                continue
            word = "real" if real else "false_alarm"
            if made.id in {"orders", "login-failures"} and real:
                continue
            body = {"from": one["from"], "to": one["to"], "label": word, "who": "mk"}
            http.post(f"/streams/{made.id}/labels", json=body)


@contextmanager
def demo() -> Iterator[str]:
    """Serve the seeded demo at its frozen time; give its address."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder))
        logs.configure("INFO")
        logging.getLogger().handlers[0].setLevel("ERROR")  # the page shows them
        services = _frozen(build(settings))
        listener = listen("127.0.0.1", 0)
        server = uvicorn.Server(uvicorn_config(create_app(services), settings))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            seed(url)
            yield url
        finally:
            server.should_exit = True
            thread.join()
            listener.close()


def _frozen(services: Services) -> Services:
    heads = HeadReader(services.store, services.loader)
    parts = services.store, services.windows, services.labels, heads
    return replace(services, overview=OverviewService(*parts, clock=lambda: NOW_US))


PAGES = {
    "overview": "/",
    "stream": "/client/pump-7",
    "streams": "/ui/streams",
    "log": "/ui/log",
}
SIZES = {"": (1440, 940), "-mobile": (390, 844)}


def take(browser: Browser, url: str, name: str, theme: Theme, size: str) -> None:
    """Take one picture."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.clock.install(time=NOW)
    page.goto(url + PAGES[name])
    settle(page)
    if name == "overview" and not size:
        bar = page.locator("#rows tr").nth(1).locator("canvas").first.bounding_box()
        assert bar is not None
        page.mouse.move(bar["x"] + bar["width"] - 4, bar["y"] + bar["height"] / 2)
    if name == "stream":
        page.keyboard.press("j")
        page.clock.run_for(2_000)
    settle(page)
    path = FOLDER / f"{name}{size}-{theme}.png"
    page.screenshot(path=path, full_page=name == "stream" or (bool(size) and name == "overview"))
    shrink(path)
    context.close()


def settle(page: Page) -> None:
    """Wait until the page is ready and has drawn all it asked for."""
    page.wait_for_function("() => document.documentElement.dataset.ready === '1'")
    page.wait_for_load_state("networkidle")
    for _ in range(6):
        page.clock.run_for(400)
        page.wait_for_timeout(150)


def shrink(path: Path) -> None:
    """Reduce a picture to a palette, if Pillow is there."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
    small.save(path, optimize=True)


def main() -> None:
    """Take all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(PAGES))
    parser.add_argument("--serve", action="store_true", help="serve the demo until Ctrl-C")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with demo() as url:
        if asked.serve:
            print(url, flush=True)
            threading.Event().wait()
        with sync_playwright() as playwright:
            flags = [
                "--disable-gpu",
                "--no-first-run",
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
            ]
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
            for name in asked.names:
                for size in SIZES:
                    themes: tuple[Theme, ...] = ("light", "dark")
                    for theme in themes:
                        take(browser, url, name, theme, size)
            browser.close()


if __name__ == "__main__":
    main()
