"""The list of streams and the log, in real Chromium over a real server."""

from __future__ import annotations

import logging

import pytest
from playwright.sync_api import Page, expect

from standout.server import log_ring
from tests.server.web.bed import Bed, series
from tests.watch import Watch

pytestmark = pytest.mark.browser


def open_page(page: Page, bed: Bed, path: str) -> None:
    page.goto(bed.url + path)
    expect(page.locator("html")).to_have_attribute("data-ready", "1")


def test_streams_are_listed_with_how_they_stand(page: Page, bed: Bed) -> None:
    open_page(page, bed, "/ui/streams")
    expect(page.locator("#rows tr")).to_have_count(3)
    pump = page.locator('tr[data-id="pump-7"]')
    expect(pump.locator("td").nth(7)).to_have_text("380")
    expect(pump.locator("td").nth(5)).to_have_text("1 / s")
    expect(page.locator('tr[data-id="disk-2"]')).to_contain_text("Learning, 18 to go")
    bed.send("pump-7", series(5, spikes=()), begin=400)
    expect(pump.locator("td").nth(7)).to_have_text("385")
    bed.ask("DELETE", "/streams/disk-2")
    expect(page.locator("#rows tr")).to_have_count(2)


def test_the_filter_finds_by_name(page: Page, bed: Bed) -> None:
    open_page(page, bed, "/ui/streams")
    page.keyboard.press("/")
    find = page.get_by_label("Filter streams by name or tag")
    expect(find).to_be_focused()
    find.fill("PUMP")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#shown")).to_have_text("1 found")
    find.fill("nowhere")
    expect(page.locator("#none")).to_have_text("No stream has “nowhere” in its name or tags.")
    find.fill("")
    expect(page.locator("#rows tr")).to_have_count(3)


def test_a_new_stream_is_explained(page: Page, bed: Bed) -> None:
    open_page(page, bed, "/ui/streams")
    start = page.locator("#empty")
    expect(start).to_be_hidden()
    page.get_by_role("button", name="New stream").click()
    expect(start).to_contain_text("curl")


def test_the_log_shows_what_is_written(page: Page, empty_bed: Bed) -> None:
    log_ring.listen()
    logger = logging.getLogger("tests.web")
    logger.warning("the first line")
    open_page(page, empty_bed, "/ui/log")
    lines = page.locator("#lines")
    expect(lines).to_contain_text("the first line")
    logger.error("a line that came later")
    expect(lines).to_contain_text("a line that came later")
    page.get_by_label("Least level").select_option("error")
    expect(lines).not_to_contain_text("the first line")
    page.get_by_label("Filter lines by text").fill("nothing like it")
    expect(page.locator("#none")).to_be_visible()
    page.get_by_label("Filter lines by text").fill("LATER")
    expect(page.locator("#lines li")).to_have_count(1)
    page.get_by_label("Least level").select_option("info")


def test_the_log_pauses_where_somebody_reads(page: Page, empty_bed: Bed) -> None:
    log_ring.listen()
    logger = logging.getLogger("tests.web")
    for i in range(300):
        logger.warning("line %d", i)
    open_page(page, empty_bed, "/ui/log")
    expect(page.locator("#lines")).to_contain_text("line 299")
    assert page.locator("#lines li").count() < 120
    page.locator("#log").evaluate("box => { box.scrollTop = 0; }")
    expect(page.locator("html")).to_have_attribute("data-following", "false")
    logger.warning("a line below")
    page.wait_for_timeout(1_300)
    assert page.locator("#log").evaluate("box => box.scrollTop") == 0
    page.keyboard.press("Space")
    expect(page.locator("#lines")).to_contain_text("a line below")


def test_a_killed_server_is_told_in_both(page: Page, bed: Bed, watch: Watch) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "WebSocket connection", "ERR_EMPTY_RESPONSE", "ERR_CONN")
    open_page(page, bed, "/ui/streams")
    bed.stop()
    expect(page.locator("#live-text")).to_contain_text("No connection for")
    bed.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    expect(page.locator("#rows tr")).to_have_count(3)
    log_ring.listen()
    open_page(page, bed, "/ui/log")
    bed.stop()
    expect(page.locator("#live-text")).to_contain_text("No connection for")
    bed.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_a_warning_has_its_word_on_a_phone(page: Page, empty_bed: Bed) -> None:
    """The column of levels has no room there."""
    log_ring.listen()
    page.set_viewport_size({"width": 390, "height": 844})
    logging.getLogger("tests.web").warning("a line to be seen")
    open_page(page, empty_bed, "/ui/log")
    row = page.locator("#lines li").filter(has_text="a line to be seen").first
    expect(row.locator(".level")).to_be_hidden()
    before = "e => getComputedStyle(e, '::before').content"
    assert "warning" in row.locator(".words").evaluate(before)
    times, words = row.locator("time").bounding_box(), row.locator(".words").bounding_box()
    assert times is not None
    assert words is not None
    assert times["x"] + times["width"] <= words["x"]
