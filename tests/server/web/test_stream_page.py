"""The page of one stream, in real Chromium over a real server."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from playwright.sync_api import Page, Route, expect

from tests.server.web.bed import START_US, Bed, series
from tests.server.web.test_look import found_here
from tests.watch import Watch

pytestmark = pytest.mark.browser

INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let ink = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) ink += 1;
  return ink;
}"""


def open_stream(page: Page, bed: Bed, name: str = "pump-7", query: str = "") -> None:
    page.goto(f"{bed.url}/client/{name}{query}")
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    expect(page.locator("html")).to_have_attribute("data-connection", "live")


def drag(page: Page, lane: str, begin: float, end: float) -> None:
    """Drag over a lane; `begin` and `end` are shares of the plot's width."""
    box = page.locator(f"#{lane}-lane .u-over").bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * begin, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end, y, steps=4)
    page.mouse.up()


def shown(page: Page) -> tuple[float, float]:
    data = page.locator("html")
    return float(data.get_attribute("data-from") or 0), float(data.get_attribute("data-to") or 0)


def paused(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-following", "false")


def selected(page: Page, seq: int | str) -> None:
    expect(page.locator("html")).to_have_attribute("data-selected", str(seq))


def labels(bed: Bed, name: str = "pump-7") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = bed.ask("GET", f"/streams/{name}/labels")["labels"]
    return found


def test_every_lane_has_ink(page: Page, bed: Bed) -> None:
    open_stream(page, bed)
    for lane in ("nav", "value", "score", "votes", "labels"):
        canvas = page.locator(f"#{lane}-lane canvas")
        expect(canvas).to_be_visible()
        assert canvas.evaluate(INK) > 300, lane


def test_the_table_holds_the_anomalies_in_view(page: Page, bed: Bed) -> None:
    told = bed.anomalies("pump-7")
    assert len(told) >= 5
    open_stream(page, bed, query="?span=all")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(len(told))
    seqs = [int(row.get_attribute("data-seq") or 0) for row in rows.all()]
    assert seqs == [one["seq"] for one in reversed(told)]
    first = [cell.strip() for cell in rows.last.locator("td").all_inner_texts()]
    assert first[2].startswith("2026-01-01 00:02:00")
    assert first[1] == f"{told[0]['score']:.2f}"
    assert first[7] == "to label"


def test_the_chart_says_what_it_shows(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    chart = page.locator("#value-lane")
    assert chart.get_attribute("role") == "img"
    expect(chart).to_have_attribute(
        "aria-label", re.compile(r"pump-7: 380 observations, from 6\d.* to 8\d.*, \w+ anomalies")
    )


def test_points_arrive_without_a_reload(page: Page, bed: Bed) -> None:
    open_stream(page, bed)
    before = len(bed.anomalies("pump-7"))
    page.evaluate("() => { window.stillHere = true; }")
    end = shown(page)[1]
    fresh = series(30, seed=9, spikes=(20,))
    bed.send("pump-7", fresh, begin=400)
    html = page.locator("html")
    expect(html).to_have_attribute("data-points", "410")
    assert shown(page)[1] == end + 30e6
    expect(page.locator("#rows tr")).to_have_count(before + 1)
    assert page.evaluate("() => window.stillHere") is True


def test_a_drag_zooms_all_lanes_and_pauses(page: Page, bed: Bed) -> None:
    open_stream(page, bed)
    begin, end = shown(page)
    drag(page, "score", 0.25, 0.75)
    paused(page)
    low, high = shown(page)
    assert low == pytest.approx(begin + (end - begin) * 0.25, abs=(end - begin) * 0.02)
    assert high == pytest.approx(begin + (end - begin) * 0.75, abs=(end - begin) * 0.02)
    bed.send("pump-7", series(5, seed=4, spikes=()), begin=400)
    expect(page.locator("html")).to_have_attribute("data-points", "385")
    assert shown(page) == (low, high)
    page.locator("body").press("Space")
    expect(page.locator("html")).to_have_attribute("data-following", "true")
    assert shown(page)[1] > end


def test_what_is_shown_stays_dimmed_while_the_next_view_is_late(page: Page, bed: Bed) -> None:
    bed.send("long", series(9_000))  # far more than there are pixels
    open_stream(page, bed, "long", "?span=all")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/window?*", hold)
    tracks = page.locator("#tracks")
    for _ in range(4):
        page.keyboard.press("+")
    expect(tracks).to_have_class("waiting")
    assert page.locator("#value-lane canvas").evaluate(INK) > 300
    page.unroute("**/window?*", hold)  # lets those go on that were held
    expect(tracks).not_to_have_class("waiting")
    assert held


def test_the_strengths_of_an_anomaly_that_goes_on_stay(page: Page, bed: Bed) -> None:
    """A new peak has new strengths; until they are told the former ones stand there."""
    bed.send("pump-7", [90.0, 91.0], begin=400)
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("j")
    gauges = page.locator("#inspector .gauge")
    expect(gauges).to_have_count(5)
    bed.send("pump-7", [300.0], begin=402)
    expect(page.locator("#inspector")).to_contain_text("3 observations")
    expect(gauges).to_have_count(5)


def test_a_zoom_asks_for_no_new_score(page: Page, bed: Bed) -> None:
    """What the tip says of a point is what is stored, at any zoom."""
    open_stream(page, bed, query="?span=all")
    stored = bed.ask("GET", "/streams/pump-7/observations", limit=1000)["observations"]
    spike = next(o for o in stored if o["timestamp"] == "2026-01-01T00:02:00Z")
    row = page.locator(f'#rows tr[data-seq="{spike["seq"]}"]')
    for _ in range(3):
        row.locator("button").click()
        selected(page, spike["seq"])
        expect(page.locator("#inspector")).to_contain_text(f"{spike['score']:.2f}")
        expect(row).to_contain_text(f"{spike['score']:.2f}")
        page.keyboard.press("+")
        page.keyboard.press("+")


def test_double_click_keys_and_the_navigator_move_the_view(page: Page, bed: Bed) -> None:
    open_stream(page, bed)
    home = shown(page)
    page.keyboard.press("+")
    paused(page)
    width = shown(page)[1] - shown(page)[0]
    assert width == pytest.approx((home[1] - home[0]) / 2)
    page.keyboard.press("Shift+ArrowLeft")
    expect(page.locator("html")).not_to_have_attribute("data-from", str(home[0]))
    box = page.locator("#nav-lane").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 200, box["y"] + 20)
    expect(page).to_have_url(re.compile("from="))
    assert shown(page)[0] < home[0] + width
    page.locator("#value-lane .u-over").dblclick()
    expect(page.locator("html")).to_have_attribute("data-following", "true")
    assert shown(page) == home


def test_the_address_holds_the_view(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.get_by_role("button", name="Low", exact=True).click()
    expect(page).to_have_url(re.compile("anomaly=.*hide=low|hide=low.*anomaly="))
    seen = page.locator("html").get_attribute("data-selected")
    view = shown(page)
    page.goto(page.url)
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    selected(page, seen or "")
    assert shown(page) == pytest.approx(view, abs=2)
    assert parse_qs(urlsplit(page.url).query)["hide"] == ["low"]
    expect(page.get_by_role("button", name="Low", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )


def test_hover_shows_one_tip_and_arrows_speak(page: Page, bed: Bed) -> None:
    open_stream(page, bed)
    page.locator("#score-lane .u-over").hover()
    tip = page.locator("#tip")
    expect(tip).to_be_visible()
    expect(tip).to_contain_text("Expected")
    page.mouse.move(5, 5)
    expect(tip).to_be_hidden()
    page.locator("#value-lane").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    spoken = re.compile(r"2026-01-01 00:0\d:\d\d UTC, value 6\d.*, score 0")
    expect(page.locator("#say")).to_have_text(spoken)


def test_a_label_takes_one_key_and_one_to_undo(page: Page, bed: Bed) -> None:
    told = bed.anomalies("pump-7")
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("j")
    selected(page, told[-1]["seq"])
    page.keyboard.press("n")
    expect(page.get_by_role("status").filter(has_text="labelled false alarm")).to_be_visible()
    (kept,) = labels(bed)
    assert (kept["label"], kept["from"]) == ("false_alarm", told[-1]["from"])
    selected(page, told[-2]["seq"])
    row = page.locator(f'#rows tr[data-seq="{told[-1]["seq"]}"]')
    expect(row).to_contain_text("False alarm")
    page.keyboard.press("Control+z")
    expect(row).to_contain_text("to label")
    assert labels(bed) == []


def test_a_note_and_a_name_go_with_the_label(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("j")
    page.get_by_label("Your name").fill("mk")
    note = page.get_by_label("Note")
    note.fill("The pump ran dry: yes, no, unsure")
    expect(page.locator("html")).not_to_have_attribute("data-selected", "")
    assert labels(bed) == []  # y, n and u were typed, and are no shortcuts there
    page.get_by_role("button", name="Real", exact=False).first.click()
    expect(page.get_by_role("status").filter(has_text="labelled real")).to_be_visible()
    (kept,) = labels(bed)
    assert (kept["label"], kept["note"], kept["who"]) == (
        "real",
        "The pump ran dry: yes, no, unsure",
        "mk",
    )
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("status").filter(has_text="taken back")).to_be_visible()
    assert labels(bed) == []


def test_a_note_is_a_tick_in_the_lane_and_stands_in_the_tip(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    before = page.locator("#labels-lane canvas").evaluate(INK)
    span = {"from": "2026-01-01T00:02:00Z", "to": "2026-01-01T00:04:00Z"}
    said = {**span, "label": "unsure", "who": "mk", "note": "Oil was changed <b>here</b>"}
    bed.ask("POST", "/streams/pump-7/labels", said)
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    assert page.locator("#labels-lane canvas").evaluate(INK) > before
    box = page.locator("#value-lane .u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
    tip = page.locator("#tip")
    expect(tip).to_contain_text("mkOil was changed <b>here</b>")
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 40)
    expect(tip).not_to_contain_text("Oil")


def test_the_inspector_tells_how_sure_each_voter_was(page: Page, bed: Bed) -> None:
    told = bed.anomalies("pump-7")[-1]
    sure = bed.ask("GET", "/streams/pump-7/strengths", at=told["peak"])["strengths"]
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("j")
    gauges = page.locator("#inspector .gauge meter")
    expect(gauges).to_have_count(5)
    shown = [float(one.get_attribute("value") or 0) for one in gauges.all()]
    assert shown == sorted(sure.values(), reverse=True)
    why = page.locator("#inspector .why")
    expect(why).to_contain_text("Score of each at the peak; it votes from 0.6 on.")
    expect(why.locator(".bar").first).to_contain_text(f"{max(sure.values()):.2f}")
    votes = sum(score >= 0.6 for score in sure.values())
    expect(why.locator(".bar:not(.off)")).to_have_count(votes)
    expect(why.get_by_role("heading")).to_contain_text(f"{votes} of 5 detectors agree")
    assert found_here(page) == []


def test_why_strengths_cannot_be_told_stands_there(page: Page, bed: Bed) -> None:
    reason = "Retention has removed rows from before it."
    page.route("**/strengths?*", lambda route: route.fulfill(json={"reason": reason}))
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("j")
    why = page.locator("#inspector .why")
    expect(why).to_contain_text(f"How sure each was cannot be told. {reason}")
    expect(why.locator("meter")).to_have_count(5)


def played(bed: Bed, rows: int, rate: int) -> dict[str, Any]:
    """Play a file without the page; return what was told of it."""
    values = series(rows)
    text = "timestamp,value\n" + "\n".join(
        f"{START_US // 10**6 + k},{v}" for k, v in enumerate(values)
    )
    query: dict[str, str | int] = {"rate": rate, "detector": "vote"}
    files = {"file": ("played.csv", text.encode())}
    reply = httpx2.post(f"{bed.url}/simulate/", params=query, files=files, timeout=60)
    assert reply.is_success, reply.text
    told: dict[str, Any] = reply.json()
    return told


def test_a_simulation_is_sped_up_and_stopped_on_its_page(page: Page, bed: Bed) -> None:
    told = played(bed, 20_000, 20)
    open_stream(page, bed, told["stream"])
    box = page.locator("#playing")
    expect(box).to_contain_text(re.compile(r"Playing back: \d+ of 20,000 records"))
    expect(box.get_by_role("button", name="20", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    fast = box.get_by_role("button", name="1,000")
    fast.click()
    expect(fast).to_have_attribute("aria-pressed", "true")
    place = f"/simulations/{told['simulation']}"
    assert bed.ask("GET", place)["rate"] == 1_000
    assert found_here(page) == []
    box.get_by_role("button", name="Stop").click()
    expect(box).to_contain_text(re.compile(r"Stopped after [\d,]+ of 20,000 records"))
    expect(box).to_be_focused()
    expect(box.get_by_role("button")).to_have_count(0)
    ended = bed.ask("GET", place)
    assert ended["state"] == "cancelled"
    expect(box).to_contain_text(f"Stopped after {ended['played']:,} of")


def test_a_simulation_says_when_all_is_played(page: Page, bed: Bed) -> None:
    told = played(bed, 400, 1)
    open_stream(page, bed, told["stream"])
    box = page.locator("#playing")
    expect(box.get_by_role("progressbar")).to_be_visible()
    box.get_by_role("button", name="1,000").click()
    expect(box).to_contain_text("Played: 400 of 400 records")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    expect(box).to_have_count(0)  # nothing to be sped up any more


def test_a_missed_anomaly_is_marked_by_dragging_in_label_mode(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("l")
    expect(page.locator("#missed")).to_have_attribute("aria-pressed", "true")
    view = shown(page)
    drag(page, "value", 0.1, 0.2)
    expect(page.get_by_role("heading", name="New label")).to_be_visible()
    words = """c => { const { data, height, width } = c.getContext("2d")
      .getImageData(0, 0, c.width, 38 * devicePixelRatio), rows = [];
      for (let y = 0; y < height; y += 1) for (let x = 124; x < width; x += 1)
        if (data[4 * (y * width + x) + 3] > 200) { rows.push(y); break; }
      return rows.length; }"""
    assert page.locator("#labels-lane canvas").evaluate(words) > 15  # a whole box
    assert shown(page) == view  # a drag never zooms in this mode
    page.keyboard.press("y")
    expect(page.locator("#missed")).to_have_attribute("aria-pressed", "false")
    (kept,) = labels(bed)
    assert kept["label"] == "real"
    assert kept["from"] == pytest.approx(kept["from"])
    whole = view[1] - view[0]
    assert "2026-01-01T00:00:" in kept["from"], (kept, whole)


def test_shortcuts_are_listed_and_can_be_switched_off(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Next anomaly")
    page.get_by_label("Single keys are on").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    page.keyboard.press("y")
    selected(page, "")
    assert labels(bed) == []
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    page.keyboard.press("j")
    selected(page, "")


def test_the_table_stands_for_the_chart(page: Page, bed: Bed) -> None:
    open_stream(page, bed)
    page.keyboard.press("t")
    expect(page.locator("#chart-panel")).to_be_hidden()
    expect(page.locator("#anomalies")).to_be_focused()
    page.keyboard.press("t")
    expect(page.locator("#chart-panel")).to_be_visible()
    assert page.locator("#value-lane canvas").evaluate(INK) > 300


def test_it_says_how_far_the_warm_up_is(page: Page, bed: Bed) -> None:
    open_stream(page, bed, "disk-2")
    note = page.locator("#learning")
    expect(note).to_contain_text("Learning: 12 of 30 observations")
    bed.send("disk-2", series(30, seed=6, spikes=()), begin=12)
    expect(note).to_be_hidden()


def test_a_stream_without_points_says_how_to_send_them(page: Page, empty_bed: Bed) -> None:
    empty_bed.ask("PUT", "/streams/new-one")
    open_stream(page, empty_bed, "new-one")
    expect(page.get_by_role("heading", name="No points yet")).to_be_visible()
    for control in ("follow", "spans", "missed", "compare", "table-button"):
        expect(page.locator(f"#{control}")).to_be_hidden()  # nothing is behind it yet
    empty_bed.send("new-one", series(40, spikes=()))
    expect(page.locator("#cols")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-points", "40")


def test_a_killed_server_is_told_and_the_page_recovers(page: Page, bed: Bed, watch: Watch) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "WebSocket connection", "ERR_EMPTY_RESPONSE", "ERR_CONN")
    open_stream(page, bed)
    bed.stop()
    expect(page.locator("#live-text")).to_contain_text("No connection for")
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(page.get_by_role("status").filter(has_text="not saved yet")).to_be_visible()
    bed.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    expect(page.get_by_role("status").filter(has_text="labelled real")).to_be_visible()
    assert [one["label"] for one in labels(bed)] == ["real"]
    bed.send("pump-7", series(20, seed=8, spikes=()), begin=400)
    expect(page.locator("html")).to_have_attribute("data-points", "400")


def test_a_refused_label_comes_back_with_a_reason(page: Page, bed: Bed, watch: Watch) -> None:
    watch.allow("status of 422")
    open_stream(page, bed, query="?span=all")
    page.route(
        "**/labels",
        lambda route: (
            route.fulfill(
                status=422, content_type="application/problem+json", body='{"detail": "Not so."}'
            )
            if route.request.method == "POST"
            else route.continue_()
        ),
    )
    page.keyboard.press("j")
    expect(page.locator("html")).not_to_have_attribute("data-selected", "")
    page.keyboard.press("y")
    toast = page.get_by_role("alert").filter(has_text="The label was not saved. Not so.")
    expect(toast).to_be_visible()
    expect(page.locator("#rows tr").first).to_contain_text("to label")
    page.unroute("**/labels")
    toast.get_by_role("button", name="Retry").click()
    expect(page.locator("#rows tr").first).to_contain_text("Real")


def test_the_first_look_reaches_back_over_a_gap(page: Page, bed: Bed) -> None:
    open_stream(page, bed, query="?span=all")
    assert shown(page)[0] == START_US
    drag(page, "value", 0.5, 0.6)  # the gap lies in it
    paused(page)
    assert page.locator("#value-lane canvas").evaluate(INK) > 300


def test_detectors_are_compared_on_the_own_history(page: Page, bed: Bed) -> None:
    told = bed.ask("GET", "/streams/pump-7/comparison")
    open_stream(page, bed)
    button = page.get_by_role("button", name="Compare detectors")
    button.click()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(page.locator("html")).to_have_attribute("data-compared", "380")
    rows = page.locator("#comparison-rows tr")
    expect(rows).to_have_count(2)
    for row, one in zip(rows.all(), told["detectors"], strict=True):
        expect(row.locator("td").first).to_have_text(str(one["total_alarms"]))
    expect(rows.last).to_contain_text("Auto (novelty)")
    assert page.locator("#comparison-chart").evaluate(INK) > 1_000
    page.locator("#comparison-chart").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#comparison-tip")).to_contain_text("Auto")
    expect(page.locator("#say")).to_contain_text(re.compile("UTC.*Value.*Vote of five.*Auto"))
    expect(page.locator("th.labelled").first).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("y")
    expect(rows.first).to_contain_text("1 of 1")  # counted against the label at once
    expect(page.locator("#comparison")).to_contain_text("cannot be changed")
    page.get_by_role("button", name="Make pump-7-auto with auto").click()
    page.get_by_role("link", name="pump-7-auto").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("pump-7-auto")
    assert bed.ask("GET", "/streams/pump-7-auto")["detector"] == "novelty"


def test_the_detector_of_an_empty_stream_is_changed(page: Page, bed: Bed) -> None:
    bed.ask("PUT", "/streams/new", {"window": 200, "unit": "bar", "tags": ["hall 3"]})
    open_stream(page, bed, "new")
    expect(page.locator("#choice")).to_contain_text("judged by the vote of five")
    page.get_by_role("button", name="Use auto").click()
    expect(page.locator("#choice")).to_contain_text("judged by the novelty")
    now = bed.ask("GET", "/streams/new")
    assert (now["detector"], now["window"], now["unit"]) == ("novelty", 200, "bar")
    assert now["tags"] == ["hall 3"]


def test_a_stream_that_has_begun_keeps_its_detector(page: Page, bed: Bed) -> None:
    bed.ask("PUT", "/streams/new")
    open_stream(page, bed, "new")
    button = page.get_by_role("button", name="Use auto")
    with bed.sender("new"):
        button.click()
        expect(page.get_by_role("alert").filter(has_text="A client is connected")).to_be_visible()
    assert bed.ask("GET", "/streams/new")["detector"] == "vote"
