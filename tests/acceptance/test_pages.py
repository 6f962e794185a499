"""Both pages in real Chromium, over a real server with real clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import ClientConnection, connect

from tests.acceptance.process import Process, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("pages") / "data") as running:
        yield running


def send(websocket: ClientConnection, values: list[float], start: int) -> list[int | None]:
    """Send one observation after the other, each when the one before is answered."""
    flags = []
    for i, value in enumerate(values, start=start):
        websocket.send(json.dumps({"timestamp": 1_700_000_000 + 60 * i, "value": value}))
        flags.append(json.loads(websocket.recv(20))["anomaly"])
    return flags


def test_a_stream_is_shown_live(page: Page, server: Process) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/ws/pump%207?window=50") as pump:
        send(pump, [1.0, 2.0, 3.0] * 20, 0)
        page.goto(f"http://127.0.0.1:{server.port}/client/pump%207")
        html = page.locator("html")
        expect(html).to_have_attribute("data-points", "60")
        expect(html).to_have_attribute("data-anomalies", "0")
        assert send(pump, [2.0, 90.0, 1.0], 60)[:2] == [0, 1]
        # No reload: the page hears of it.
        expect(html).to_have_attribute("data-points", "63")
        expect(html).to_have_attribute("data-anomalies", "1")
        row = page.locator("#rows tr").first
        expect(row).to_contain_text("90")
        expect(row).to_contain_text("2023-11-14 23:14:20")


def test_the_overview_lists_who_is_there(page: Page, server: Process) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/")
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    with connect(f"ws://127.0.0.1:{server.port}/ws/boiler") as boiler:
        send(boiler, [1.0] * 3, 0)
        link = page.get_by_role("link", name="boiler")
        expect(link).to_be_visible()
        page.goto(f"http://127.0.0.1:{server.port}/ui/streams")
        row = page.locator("tr", has=link)
        state = row.locator(".state")
        expect(state).to_have_text("Active")
    expect(state).to_have_text("Not active", timeout=10_000)
    link.click()
    expect(page).to_have_url(f"http://127.0.0.1:{server.port}/client/boiler")
    expect(page.locator("html")).to_have_attribute("data-points", "3")


def test_it_serves_itself_with_no_other_host(page: Page, server: Process, tmp_path: Path) -> None:
    """The page fixture fails on any request beyond this machine; the API's page, too."""
    page.goto(f"http://127.0.0.1:{server.port}/docs")
    expect(page.locator(".swagger-ui .opblock").first).to_be_visible()
