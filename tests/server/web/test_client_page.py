import re

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.bed import FLAGGED, START_US, WARMUP, Bed, FakeStream
from tests.watch import Watch

pytestmark = pytest.mark.browser

INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink += 1;
  return ink;
}"""


def open_client(page: Page, bed: Bed, name: str = "pump-7") -> None:
    page.goto(f"{bed.url}/client/{name}")
    expect(page.locator("html")).to_have_attribute("data-ready", "1")


def drag(page: Page, begin: float, end: float) -> None:
    """Drag over the value lane; `begin` and `end` are shares of the plot's width."""
    box = page.locator("#value-lane .u-over").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * begin, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=4)
    page.mouse.up()


def shown_range(page: Page) -> tuple[float, float]:
    data = page.locator("html")
    return float(data.get_attribute("data-from") or 0), float(data.get_attribute("data-to") or 0)


def test_both_lanes_are_drawn(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    for lane in ("#value-lane", "#score-lane"):
        canvas = page.locator(f"{lane} canvas")
        expect(canvas).to_be_visible()
        assert canvas.evaluate(INK) > 2_000


def test_the_table_holds_exactly_the_flagged_points(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(len(FLAGGED))
    seqs = [int(row.get_attribute("data-seq") or 0) for row in rows.all()]
    assert seqs == [index + 1 for index in reversed(FLAGGED)]
    expect(page.locator("html")).to_have_attribute("data-anomalies", str(len(FLAGGED)))
    cells = rows.nth(1).locator("td").all_inner_texts()
    assert cells[0] == "2026-01-01 00:03:02"
    assert [cell.strip() for cell in cells[1:3]] == ["Critical", "0.80"]
    assert cells[6] == "4 of 5: z-score, IQR, EWMA, moving average"


def test_the_header_tells_how_the_stream_stands(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    expect(page.locator("#state")).to_have_text("Active")
    expect(page.locator("#meta")).to_contain_text("Window 100")
    expect(page.locator("#meta")).to_contain_text("Detector: vote")
    expect(page.locator("#fact-count")).to_have_text("400")
    bed.streams["pump-7"].active = False
    expect(page.locator("#state")).to_have_text("Not active")


def test_it_says_how_far_the_warm_up_is(page: Page, bed: Bed) -> None:
    open_client(page, bed, "disk-2")
    note = page.locator("#learning")
    expect(note).to_have_text(f"Learning: 12 of {WARMUP} observations")
    bed.streams["disk-2"].grow(10)
    expect(note).to_have_text(f"Learning: 22 of {WARMUP} observations")
    bed.streams["disk-2"].grow(10)
    expect(note).to_be_hidden()


def test_points_arrive_without_a_reload(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    page.evaluate("() => { window.stillHere = true; }")
    before = shown_range(page)
    pump = bed.streams["pump-7"]
    pump.spikes[404] = 3
    pump.grow(20)
    expect(page.locator("html")).to_have_attribute("data-points", "420")
    expect(page.locator("#rows tr")).to_have_count(len(FLAGGED) + 1)
    expect(page.locator("#fact-count")).to_have_text("420")
    expect(page.locator("#fact-anomalies")).to_have_text(str(len(FLAGGED) + 1))
    assert shown_range(page)[1] == before[1] + 20
    assert page.evaluate("() => window.stillHere") is True


def test_a_zoom_pauses_and_space_returns(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    data = page.locator("html")
    drag(page, 0.3, 0.6)
    expect(data).to_have_attribute("data-following", "false")
    expect(page.locator("#follow")).to_contain_text("Paused, return to now")
    zoomed = shown_range(page)
    bed.streams["pump-7"].grow(15)
    expect(data).to_have_attribute("data-points", "415")
    assert shown_range(page) == zoomed
    page.locator("body").press("Space")
    expect(data).to_have_attribute("data-following", "true")
    assert shown_range(page)[1] > zoomed[1]


def test_a_double_click_resets(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    whole = shown_range(page)
    drag(page, 0.2, 0.4)
    expect(page.locator("html")).to_have_attribute("data-following", "false")
    page.locator("#score-lane .u-over").dblclick()
    expect(page.locator("html")).to_have_attribute("data-following", "true")
    assert shown_range(page) == whole


def test_the_chart_can_be_read_by_keys(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    lane = page.locator("#value-lane")
    label = re.compile(rf"pump-7: 400 observations, from .* to .*, {len(FLAGGED)} anomalies")
    expect(lane).to_have_attribute("aria-label", label)
    lane.focus()
    lane.press("ArrowLeft")
    expect(page.locator("#say")).to_contain_text("2026-01-01 00:06:39 UTC")
    lane.press("ArrowLeft")
    expect(page.locator("#say")).to_contain_text("2026-01-01 00:06:38 UTC")
    expect(page.locator("#tip")).to_contain_text("00:06:38")
    expect(page.locator("html")).to_have_attribute("data-following", "false")
    begin, end = shown_range(page)
    lane.press("+")
    closer = begin + (end - begin) / 4
    expect(page.locator("html")).to_have_attribute("data-from", f"{closer:.2f}")
    lane.press("0")
    expect(page.locator("html")).to_have_attribute("data-following", "true")


def test_space_in_a_button_presses_the_button_only(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    page.get_by_role("button", name="100", exact=True).press("Space")
    expect(page.locator("html")).to_have_attribute("data-from", str(START_US // 1_000_000 + 300))
    expect(page.locator("html")).to_have_attribute("data-following", "true")


def test_a_row_shows_its_anomaly_in_the_chart(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    page.get_by_role("button", name="2026-01-01 00:03:02").click()
    expect(page.locator("#rows tr.selected")).to_have_attribute("data-seq", "183")
    expect(page.locator("#tip")).to_contain_text("00:03:02")
    begin, end = shown_range(page)
    assert end - begin == 50


def test_a_gap_is_a_gap(page: Page, bed: Bed) -> None:
    open_client(page, bed)
    lane = page.locator("#value-lane .u-over")
    box = lane.bounding_box()
    assert box is not None
    lane.hover(position={"x": box["width"] * 220 / 399, "y": 60})
    expect(page.locator("#tip")).to_contain_text("missing")
    expect(page.locator("#tip")).to_contain_text("Not scored")


def test_it_says_that_the_connection_is_lost_and_goes_on(
    page: Page, bed: Bed, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "WebSocket connection")
    open_client(page, bed)
    bed.stop()
    expect(page.locator("#live-text")).to_have_text(
        re.compile(r"^No connection for \d+ s, retrying$")
    )
    expect(page.locator("#live-say")).to_have_text("No connection, retrying.")
    expect(page.locator("#rows tr")).to_have_count(len(FLAGGED))
    bed.streams["pump-7"].grow(7)
    bed.start()
    expect(page.locator("html")).to_have_attribute("data-points", "407")
    expect(page.locator("#live-text")).to_have_text("Live")
    bed.streams["pump-7"].grow(3)
    expect(page.locator("html")).to_have_attribute("data-points", "410")


def test_a_refusal_is_told_and_not_repeated(page: Page, bed: Bed, watch: Watch) -> None:
    open_client(page, bed)
    watch.allow("ERR_CONNECTION_REFUSED", "WebSocket connection")
    bed.stop()
    expect(page.locator("#live")).to_have_attribute("data-state", "lost")
    del bed.streams["pump-7"]
    bed.start()
    expect(page.get_by_role("alert")).to_have_text('No stream is called "pump-7".')
    expect(page.locator("#live-text")).to_have_text("Not connected")


def test_a_page_that_nobody_sees_draws_later(page: Page, bed: Bed) -> None:
    with page.expect_websocket() as opened:
        open_client(page, bed)
    set_hidden(page, hidden=True)
    with opened.value.expect_event("framereceived"):
        bed.streams["pump-7"].grow(5)
    expect(page.locator("html")).to_have_attribute("data-points", "400")
    set_hidden(page, hidden=False)
    expect(page.locator("html")).to_have_attribute("data-points", "405")


def set_hidden(page: Page, *, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
          Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_an_unknown_stream_has_a_page(page: Page, bed: Bed, watch: Watch) -> None:
    watch.allow("404 (Not Found)")
    answer = page.goto(f"{bed.url}/client/nobody")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("No stream is called “nobody”.")
    page.get_by_role("link", name="See all streams").click()
    expect(page.locator("#rows tr")).to_have_count(3)


def test_more_points_than_pixels_keep_every_peak(page: Page, empty_bed: Bed) -> None:
    spikes = dict.fromkeys(range(500, 12_000, 1_000), 5)
    empty_bed.add(FakeStream("dense", seed=4, spikes=spikes), 12_000)
    open_client(page, empty_bed, "dense")
    page.get_by_role("button", name="All").click()
    expect(page.locator("#rows tr")).to_have_count(len(spikes))
    lane = page.locator("#value-lane")
    label = re.compile(rf"12,000 observations, .* {len(spikes)} anomalies")
    expect(lane).to_have_attribute("aria-label", label)
