"""Make the pictures of the pages: a seeded demo at a frozen time, in real Chromium.

Run ``python docs/screenshots.py`` from the root of the repository; it writes ``docs/screenshots``.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal

import httpx2
from demo_server import demo
from demo_streams import NOW, STREAMS, values_of
from palette import smaller
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = Path(__file__).parent / "screenshots"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
IDLE = {"line-2", "refunds"}
"""Streams whose sender has gone."""
CONNECT = """names => { window.open_ = names.map((name) =>
  new WebSocket(`ws://${location.host}/ws/${name}`)); }"""

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
SIZES: Final = {"": (1440, 900), "-mobile": (390, 844)}
TALL: Final = {"stream", "models", "comparison", "model", "datasets"}
"""Pages of which the whole length is shown."""


def take(browser: Browser, url: str, name: str, theme: Theme, size: str) -> None:
    """Take one picture."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    page.clock.install(time=NOW)
    path, act = PAGES[name]
    page.goto(url + (path if isinstance(path, str) else path(url)))
    settle(page)
    act(page)
    settle(page)
    target = FOLDER / f"{name}{size}-{theme}.png"
    png = page.screenshot(full_page=name in TALL and not size)
    context.close()
    blank = browser.new_page()
    target.write_bytes(smaller(blank, png))
    blank.close()


def settle(page: Page) -> None:
    """Wait until the page is ready and has drawn all it asked for."""
    if page.locator("html[data-page=settings]").count() == 0:
        page.wait_for_function("() => document.documentElement.dataset.ready === '1'")
    page.wait_for_load_state("networkidle")
    for _ in range(5):
        page.clock.run_for(400)
        page.wait_for_timeout(120)


def nothing(page: Page) -> None:
    """Leave the page as it opens."""


def point_at_now(page: Page) -> None:
    """Point at the newest bar of the worst stream, where there is a pointer."""
    if page.viewport_size == {"width": 390, "height": 844}:
        return
    bar = page.locator("#rows tr").nth(1).locator("canvas").first.bounding_box()
    assert bar is not None
    page.mouse.move(bar["x"] + bar["width"] - 4, bar["y"] + bar["height"] / 2)


def pick(page: Page) -> None:
    """Select the newest anomaly, as a person would."""
    page.keyboard.press("j")
    page.clock.run_for(1_000)
    page.locator("#inspector .gauge").first.wait_for()


def compare(page: Page) -> None:
    """Compare the stream's detector with another on its own history."""
    page.locator("#compare").click()
    page.locator("html[data-compared]").wait_for(state="attached")


def play(page: Page) -> None:
    """Score a sample."""
    page.locator("#sample").select_option(index=1)
    page.locator("html[data-scored]").wait_for(state="attached")


def write_log(page: Page) -> None:
    """Play a file back, so that there is something to read."""
    url = page.url.removesuffix("/ui/log")
    times, values = values_of(STREAMS[1], 1)
    rows = [f"{t // 1_000_000},{v}" for t, v in zip(times.tolist(), values.tolist(), strict=True)]
    body = "\n".join(["timestamp,value", *rows[-600:]]).encode()
    asked: dict[str, str | int | bool] = {
        "rate": 5_000,
        "wait": True,
        "detector": "vote",
        "window": 60,
    }
    files = {"file": ("checkout-evening.csv", body)}
    reply = httpx2.post(f"{url}/simulate/", params=asked, files=files, timeout=60)
    assert reply.is_success, reply.text
    httpx2.delete(f"{url}/streams/{reply.json()['stream']}", timeout=60)  # no part of the demo


def compare_models(page: Page) -> None:
    """Compare the two models that learnt from labels."""
    boxes = page.locator("#rows input[type=checkbox]")
    for at in (0, 1):
        boxes.nth(at).check()
    page.locator("#compare").click()


def first_model(url: str) -> str:
    """Return the path of the model with more than one version."""
    models: list[dict[str, Any]] = httpx2.get(f"{url}/models", timeout=60).json()["models"]
    one = next(one for one in models if one["version"] > 1)
    return f"/ui/models/{one['model_id']}"


def first_dataset(url: str) -> str:
    """Return the path of the dataset with labels."""
    found = httpx2.get(f"{url}/datasets", timeout=60).json()["datasets"]
    one = next(one for one in found if one["filename"] == "pump-7-hours.csv")
    return f"/ui/datasets?id={one['dataset_id']}"


Act = Callable[[Page], None]
PAGES: dict[str, tuple[str | Callable[[str], str], Act]] = {
    "overview": ("/", point_at_now),
    "stream": ("/client/pump-7?span=3600", pick),
    "comparison": ("/client/pump-2", compare),
    "streams": ("/ui/streams", nothing),
    "datasets": (first_dataset, nothing),
    "models": ("/ui/models", compare_models),
    "model": (first_model, nothing),
    "playground": ("/ui/playground", play),
    "log": ("/ui/log", write_log),
    "settings": ("/ui/settings", nothing),
}
ON_A_PHONE: Final = ("overview", "stream")


def main() -> None:
    """Take all pictures, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(PAGES))
    parser.add_argument("--serve", action="store_true", help="serve the demo until Ctrl-C")
    parser.add_argument("--url", help="of a demo that is served already")
    asked = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    if asked.url:
        take_all(asked.url, asked.names)
        return
    with demo() as url:
        if asked.serve:
            print(url, flush=True)
            threading.Event().wait()
        take_all(url, asked.names)


def take_all(url: str, names: list[str]) -> None:
    """Take the pictures of these pages, in both themes."""
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    flags = ["--disable-gpu", "--no-first-run", *sandbox]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        senders = browser.new_page()
        senders.goto(f"{url}/ui/settings")
        senders.evaluate(CONNECT, [one.id for one in STREAMS if one.id not in IDLE])
        for name in names:
            for size in SIZES if name in ON_A_PHONE else ("",):
                for theme in THEMES:
                    take(browser, url, name, theme, size)
        browser.close()


if __name__ == "__main__":
    main()
