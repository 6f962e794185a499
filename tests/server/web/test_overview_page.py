"""The overview, in real Chromium over a real server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.bed import Bed, series
from tests.watch import Watch

pytestmark = pytest.mark.browser
XSS = "<img src=x onerror=document.title='owned'>"


def open_overview(page: Page, bed: Bed) -> None:
    page.goto(bed.url)
    expect(page.locator("html")).to_have_attribute("data-ready", "1")


def names(page: Page) -> list[str]:
    rows = page.locator("#rows tr[data-key^='= ']").all()
    return [(row.get_attribute("data-key") or "")[2:] for row in rows]


def test_without_streams_it_says_how_to_begin(page: Page, empty_bed: Bed) -> None:
    page.goto(empty_bed.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("No streams yet.")
    start = page.locator("#empty")
    expect(start).to_be_visible()
    for words in (f"--client-id pump-7 --url {empty_bed.url}", f"curl {empty_bed.url}/streams"):
        expect(start).to_contain_text(words)
    expect(start).to_contain_text(f"ws://127.0.0.1:{empty_bed.port}/ws/pump-7?window=100")
    empty_bed.send("first", [1.0])
    expect(start).to_be_hidden()
    expect(page.locator("#rows")).to_contain_text("first")


def test_calm_streams_are_told_in_one_sentence(page: Page, empty_bed: Bed) -> None:
    empty_bed.send("calm", series(60, spikes=()))
    open_overview(page, empty_bed)
    expect(page.locator("#headline")).to_have_text("The stream is inside its expected range.")
    expect(page.locator("#queue-none")).to_have_text("Nothing to label.")


def test_a_stream_with_an_anomaly_now_is_named(page: Page, bed: Bed) -> None:
    open_overview(page, bed)
    bed.send("pump-7", [150.0, 152.0], begin=400)
    headline = page.locator("#headline")
    expect(headline).to_contain_text("One stream needs a look.")
    expect(headline.locator("b")).to_have_text(re.compile(r"pump-7 (is|has been) (critical|major)"))
    expect(page.locator("#subline")).to_contain_text("wait for a label.")


def test_bars_and_table_tell_the_same(page: Page, bed: Bed) -> None:
    """The timeline, its table and the page of the stream show one number of flagged rows."""
    flagged = bed.ask("GET", "/streams/pump-7/window", px=10)["flagged"]
    open_overview(page, bed)
    lane = next(one for one in bed.ask("GET", "/timeline")["lanes"] if one["id"] == "pump-7")
    assert sum(lane["flagged"]) == flagged
    page.keyboard.press("t")
    row = page.locator("#table-rows tr", has_text="pump-7")
    expect(row.locator("td").nth(3)).to_have_text(str(flagged))
    expect(row.locator("td").nth(2)).to_have_text(f"{lane['worst']:.2f}")
    page.keyboard.press("t")
    expect(page.locator("#scroller")).to_be_visible()


def test_streams_are_sorted_as_asked(page: Page, bed: Bed) -> None:
    open_overview(page, bed)
    assert names(page)[0] == "pump-7"
    page.get_by_label("Order of the streams").select_option("name")
    expect(page.locator("#rows tr").nth(1)).to_contain_text("disk-2")
    assert names(page) == ["disk-2", "old~3 ü", "pump-7"]


def test_the_cursor_moves_by_pointer_and_keys_and_opens_the_stream(page: Page, bed: Bed) -> None:
    open_overview(page, bed)
    lane = page.locator("#rows tr").nth(1).locator("td.lane canvas")
    lane.hover()
    tip = page.locator("#tip")
    expect(tip).to_contain_text("pump-7")
    page.mouse.move(4, 4)
    expect(tip).to_be_hidden()
    page.locator("#scroller").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#say")).to_contain_text("All streams")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#say")).to_contain_text("pump-7")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/client/pump-7\?from=\d+&to=\d+"))


def test_hidden_levels_become_idle_and_are_remembered(page: Page, bed: Bed) -> None:
    open_overview(page, bed)
    lane = page.locator("#rows tr").nth(1).locator("td.lane canvas")
    before = lane.evaluate("c => c.toDataURL()")
    critical = page.get_by_role("button", name="Critical")
    critical.click()
    expect(critical).to_have_attribute("aria-pressed", "false")
    page.wait_for_function("([c, b]) => c.toDataURL() !== b", arg=[lane.element_handle(), before])
    page.reload()
    expect(page.get_by_role("button", name="Critical")).to_have_attribute("aria-pressed", "false")


def test_the_queue_labels_with_one_key_and_undoes(page: Page, bed: Bed) -> None:
    open_overview(page, bed)
    waiting = bed.ask("GET", "/anomalies/unlabelled")
    total = waiting["total"]
    expect(page.locator("#fact-label")).to_have_text(str(total))
    current = page.locator("#queue li[aria-current='true']")
    first = current.get_attribute("data-key")
    page.keyboard.press("j")
    expect(current).not_to_have_attribute("data-key", first or "")
    page.keyboard.press("k")
    expect(current).to_have_attribute("data-key", first or "")
    page.keyboard.press("y")
    expect(page.locator("#fact-label")).to_have_text(str(total - 1))
    expect(page.locator("#fact-real")).to_have_text("1")
    (kept,) = bed.ask("GET", "/streams/pump-7/labels")["labels"]
    assert kept["from"] == waiting["anomalies"][0]["anomaly"]["from"]
    page.keyboard.press("Control+z")
    expect(page.locator("#fact-label")).to_have_text(str(total))
    assert bed.ask("GET", "/streams/pump-7/labels")["labels"] == []


def test_an_id_is_text_and_never_markup(page: Page, empty_bed: Bed) -> None:
    empty_bed.send(XSS.replace("/", ""), series(40))
    open_overview(page, empty_bed)
    expect(page.locator("html")).to_have_attribute("data-streams", "1")
    page.get_by_role("link", name=XSS).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(XSS)
    expect(page.locator("html")).to_have_attribute("data-points", "40")
    assert page.locator("img").count() == 0
    assert "owned" not in page.title().removeprefix(XSS)


def test_a_killed_server_is_told_and_the_last_view_stays(
    page: Page, bed: Bed, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "WebSocket connection", "ERR_EMPTY_RESPONSE", "ERR_CONN")
    open_overview(page, bed)
    bed.stop()
    expect(page.locator("#live-text")).to_contain_text("No connection for")
    assert names(page)[0] == "pump-7"
    bed.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    bed.send("a-new-one", series(40))
    expect(page.locator("#rows")).to_contain_text("a-new-one")


def test_an_error_is_told_with_a_way_out(page: Page, bed: Bed, watch: Watch) -> None:
    watch.allow("status of 503")
    page.route(
        "**/timeline?*",
        lambda route: route.fulfill(
            status=503, content_type="application/problem+json", body='{"detail": "Disk is full."}'
        ),
    )
    page.goto(bed.url)
    problem = page.get_by_role("alert").filter(has_text="Cannot load the timeline. Disk is full.")
    expect(problem).to_be_visible()
    # While it fails: once it would not, the page may be quicker in trying again by itself.
    with page.expect_request("**/timeline?*"):
        problem.get_by_role("button", name="Retry").click()
    page.unroute("**/timeline?*")
    expect(problem).to_be_hidden(timeout=30_000)
    expect(page.locator("#rows")).to_contain_text("pump-7")


def test_many_streams_are_virtual_rows(page: Page, empty_bed: Bed) -> None:
    for i in range(150):
        empty_bed.ask("PUT", f"/streams/s-{i:03}")
    open_overview(page, empty_bed)
    expect(page.locator("html")).to_have_attribute("data-lanes", "150")
    assert page.locator("#rows tr[data-key]").count() < 90
    scroller = page.locator("#scroller")
    scroller.evaluate("box => { box.scrollTop = box.scrollHeight; }")
    expect(page.locator("#rows")).to_contain_text("s-149")
    assert page.locator("#rows tr[data-key]").count() < 90
    scroller.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#say")).to_contain_text("s-00")
