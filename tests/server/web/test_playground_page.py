"""The playground and the settings, in real Chromium over a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.bed import Bed, series
from tests.server.web.test_look import DARK, GROUND, LIGHT, found_here

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def empty_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """One server for all: nothing that is scored here is kept."""
    bed = Bed(tmp_path_factory.mktemp("playground") / "data")
    bed.start()
    yield bed
    bed.stop()


def open_page(page: Page, bed: Bed, path: str) -> None:
    page.goto(bed.url + path)
    expect(page.locator("html")).to_have_attribute("data-ready", "1")


def test_numbers_are_scored_as_they_are_typed(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/playground")
    expect(page.locator("html")).to_have_attribute("data-scored", "960")
    page.get_by_label("Detector").select_option("vote")
    values = series(200, spikes=(120,))
    page.locator("#values").fill(", ".join(map(str, values)))
    expect(page.locator("html")).to_have_attribute("data-scored", "200")
    expect(page.locator("#count")).to_have_text("200, read as numbers")
    top = page.locator("#rows tr").first
    expect(top.locator("td").nth(2)).to_have_text("121")
    label = re.compile(r"^200 values, from 6\d\.\d+ to 8\d\.?\d*, ")
    expect(page.locator("#value-lane")).to_have_attribute("aria-label", label)
    assert page.locator("#value-lane canvas").evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((x) => x > 0)"
    )
    page.locator("#value-lane").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tip")).to_contain_text("Number 1")
    assert found_here(page) == []


def test_what_stands_out_is_shown_in_the_chart_and_zoomed_by_keys(
    page: Page, empty_bed: Bed
) -> None:
    open_page(page, empty_bed, "/ui/playground")
    page.get_by_label("Detector").select_option("vote")
    page.locator("#values").fill(" ".join(map(str, series(400, spikes=(120, 300)))))
    expect(page.locator("html")).to_have_attribute("data-scored", "400")
    page.locator("#rows").get_by_role("button", name="301").click()
    expect(page.locator("#tip")).to_contain_text("Number 301")
    expect(page.locator("#value-lane")).to_have_attribute("data-view", "276 to 326")
    page.locator("#value-lane").focus()
    page.keyboard.press("-")
    expect(page.locator("#value-lane")).to_have_attribute("data-view", "251 to 351")
    page.keyboard.press("0")
    expect(page.locator("#value-lane")).to_have_attribute("data-view", "1 to 400")
    page.keyboard.press("+")
    expect(page.locator("#value-lane")).not_to_have_attribute("data-view", "1 to 400")
    assert found_here(page) == []


def test_who_votes_has_a_lane(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/playground")
    expect(page.locator("html")).to_have_attribute("data-scored", "960", timeout=60_000)
    lane = page.locator("#votes-lane")
    expect(lane).to_be_hidden()  # the ensemble does not vote
    page.get_by_label("Detector").select_option("vote")
    expect(lane).to_be_visible()
    page.locator("#values").fill(" ".join(map(str, series(200, spikes=(120,)))))
    expect(page.locator("html")).to_have_attribute("data-scored", "200")
    expect(page.get_by_role("columnheader", name="Votes")).to_be_visible()
    row = page.locator("#rows tr").first
    expect(row.locator("td").last).to_have_text(re.compile("[345] of 5"))
    row.get_by_role("button").click()
    expect(page.locator("#tip")).to_contain_text(re.compile("Votes[345] of 5"))
    dark = """c => { const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
      return data.some((x, k) => k % 4 === 3 && x > 100 && data[k - 1] < 80); }"""
    assert lane.locator("canvas").evaluate(dark)
    page.get_by_label("Detector").select_option("auto")
    expect(lane).to_be_hidden()
    expect(page.get_by_role("columnheader", name="Votes")).to_be_hidden()
    assert found_here(page) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1, 2, three", 'Number 3 is none: "three"'),
        ("[1, 2", "That begins like JSON, but is none."),
        ("1\n" * 50_001, "There are 50,001 numbers; at most 50,000 are scored here."),
    ],
)
def test_what_is_no_series_is_told(page: Page, empty_bed: Bed, text: str, told: str) -> None:
    open_page(page, empty_bed, "/ui/playground")
    # As a paste does it: typing 50,000 lines takes a browser longer than reading them.
    page.locator("#values").evaluate(
        "(area, text) => { area.value = text; area.dispatchEvent(new Event('input')); }", text
    )
    expect(page.locator("#problem")).to_contain_text(told)


def test_times_stand_beside_their_values(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/playground")
    page.get_by_label("Detector").select_option("vote")
    lines = [f"2026-01-01T{k // 60:02}:{k % 60:02}:00,{v}" for k, v in enumerate(series(180))]
    page.locator("#values").fill("time,value\n" + "\n".join(lines))
    expect(page.locator("#count")).to_have_text("180, read as times and values")
    expect(page.locator("#rows")).to_contain_text("2026-01-01T02:00:00")


def test_a_detector_has_its_parameters(page: Page, empty_bed: Bed) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, empty_bed, "/ui/playground")
    expect(page.get_by_label("Detector")).to_have_value("auto")
    expect(page.get_by_role("heading", name="Ensemble over the whole series")).to_be_visible()
    page.get_by_text("Parameters").click()
    page.get_by_label("Drop indicators").uncheck()
    page.get_by_label("Detector").select_option("baseline")
    page.locator("#param-window").fill("5")
    expect(page.get_by_text("At least 10 is wanted.")).to_be_visible()
    page.locator("#param-window").fill("40")
    page.get_by_label("Multiplier").fill("0")
    expect(page.get_by_text("More than 0 is wanted.")).to_be_visible()
    page.get_by_label("Multiplier").fill("1.5")
    with page.expect_response(lambda answer: answer.url.endswith("/detect")) as heard:
        page.locator("#values").fill(" ".join(map(str, series(120))))
    assert heard.value.ok
    expect(page.locator("html")).to_have_attribute("data-scored", "120")
    page.get_by_role("button", name="Copy as Python").click()
    code = page.evaluate("() => navigator.clipboard.readText()")
    assert code.endswith(
        """    detector="baseline",
    window=40,
    params={"multiplier": 1.5},
)
print(found.anomaly)
print(found.score)
"""
    )
    exec(compile(code, "copied", "exec"), {})
    assert found_here(page) == []


def test_yes_and_no_are_sent_as_such(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/playground")
    expect(page.locator("html")).to_have_attribute("data-scored", "960")
    page.get_by_text("Parameters").click()
    with page.expect_response(lambda answer: answer.url.endswith("/detect")) as heard:
        page.get_by_label("Drop indicators").uncheck()
    assert heard.value.ok
    body = json.loads(heard.value.request.post_data or "")
    assert body["params"] == {"drop_indicators": False}


def test_it_becomes_a_dataset(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/playground")
    expect(page.locator("html")).to_have_attribute("data-scored", "960")
    page.get_by_role("button", name="Save as dataset").click()
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="playground.csv")).to_be_visible()
    (one,) = empty_bed.ask("GET", "/datasets")["datasets"]
    assert (one["rows"], one["columns"]) == (960, 1)


def test_it_is_copied_as_code_that_runs(page: Page, empty_bed: Bed) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, empty_bed, "/ui/playground")
    page.locator("#values").fill("1 2 3 null 2 1 2 3 2 1 2 3")
    expect(page.locator("html")).to_have_attribute("data-scored", "12")
    page.get_by_role("button", name="Copy as curl").click()
    curl = page.evaluate("() => navigator.clipboard.readText()")
    body = json.loads(curl.split("-d ")[1].strip("'"))
    assert body["values"] == [1, 2, 3, None, 2, 1, 2, 3, 2, 1, 2, 3]
    assert empty_bed.ask("POST", "/detect", body)
    page.get_by_role("button", name="Copy as Python").click()
    code = page.evaluate("() => navigator.clipboard.readText()")
    found: dict[str, object] = {}
    exec(compile(code, "copied", "exec"), found)
    assert "found" in found


def test_the_theme_is_chosen_in_the_settings(page: Page, empty_bed: Bed) -> None:
    page.emulate_media(color_scheme="light")
    open_page(page, empty_bed, "/ui/settings")
    expect(page.get_by_label("As the system")).to_be_checked()
    page.get_by_label("Dark", exact=True).check()
    assert page.evaluate(GROUND) == DARK
    page.reload()
    expect(page.get_by_label("Dark", exact=True)).to_be_checked()
    page.get_by_label("As the system").check()
    assert page.evaluate(GROUND) == LIGHT
    expect(page.locator("main")).to_contain_text("streams.default_window")
    assert found_here(page) == []


def test_keys_and_name_are_kept_in_the_settings(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/settings")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Single keys are on").uncheck()
    page.reload()
    expect(page.get_by_label("Your name")).to_have_value("Ada")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_licences_can_be_read(page: Page, empty_bed: Bed) -> None:
    open_page(page, empty_bed, "/ui/settings")
    for link in page.locator(".licences a").all():
        assert page.request.get(empty_bed.url + (link.get_attribute("href") or "")).ok
