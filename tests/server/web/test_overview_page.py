import pytest
from playwright.sync_api import Page, expect

from tests.server.web.bed import FLAGGED, Bed, FakeStream
from tests.watch import Watch

pytestmark = pytest.mark.browser
XSS = "<img src=x onerror=document.title='owned'>"


def rows(page: Page) -> list[str | None]:
    return [row.get_attribute("data-id") for row in page.locator("#rows tr").all()]


def test_without_streams_it_says_how_to_begin(page: Page, empty_bed: Bed) -> None:
    page.goto(empty_bed.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("No streams yet.")
    start = page.locator("#empty")
    expect(start).to_be_visible()
    expect(start).to_contain_text(
        f"standout stream data.csv --client-id pump-7 --url {empty_bed.url}"
    )
    expect(start).to_contain_text(f"ws://127.0.0.1:{empty_bed.port}/ws/pump-7?window=100")
    empty_bed.add(FakeStream("first"), 1)
    expect(start).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 client is streaming.")


def test_it_lists_streams_active_ones_first(page: Page, bed: Bed) -> None:
    page.goto(bed.url)
    expect(page.locator("#rows tr")).to_have_count(3)
    assert rows(page) == ["disk-2", "pump-7", "old~3 ü"]
    pump = page.locator('tr[data-id="pump-7"]')
    expect(pump).to_contain_text("Active")
    expect(pump.locator("td").nth(5)).to_have_text("400")
    expect(pump.locator("td").nth(6)).to_have_text(str(len(FLAGGED)))
    expect(page.locator('tr[data-id="disk-2"]')).to_contain_text("Learning, 18 to go")
    expect(page.locator('tr[data-id="old~3 ü"]')).to_contain_text("Not active")
    expect(page.get_by_role("heading", level=1)).to_have_text("2 clients are streaming.")


def test_it_changes_without_a_reload(page: Page, bed: Bed) -> None:
    page.goto(bed.url)
    pump = bed.streams["pump-7"]
    row = page.locator('tr[data-id="pump-7"]')
    expect(row.locator("td").nth(5)).to_have_text("400")
    pump.spikes[400] = 5
    pump.grow(1)
    expect(row.locator("td").nth(5)).to_have_text("401")
    expect(row).to_contain_text("1.00")
    expect(row).to_contain_text("Critical")
    expect(page.get_by_role("heading", level=1)).to_contain_text("pump-7 has an anomaly now.")
    pump.active = False
    expect(row).to_contain_text("Not active")
    bed.add(FakeStream("a-new-one"), 3)
    expect(page.locator("#rows tr")).to_have_count(4)
    del bed.streams["disk-2"]
    expect(page.locator("#rows tr")).to_have_count(3)
    assert rows(page) == ["a-new-one", "old~3 ü", "pump-7"]


def test_the_filter_finds_by_id(page: Page, bed: Bed) -> None:
    page.goto(bed.url)
    find = page.get_by_label("Filter streams by id")
    find.fill("PUMP")
    expect(page.locator("#rows tr")).to_have_count(1)
    expect(page.locator("#shown")).to_have_text("1 found")
    find.fill("nowhere")
    expect(page.locator("#none")).to_have_text("No stream has “nowhere” in its id.")
    find.fill("")
    expect(page.locator("#rows tr")).to_have_count(3)


def test_a_name_leads_to_its_stream(page: Page, bed: Bed) -> None:
    page.goto(bed.url)
    page.get_by_role("link", name="old~3 ü").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("old~3 ü")
    expect(page.locator("html")).to_have_attribute("data-points", "90")


def test_an_id_is_text_and_never_markup(page: Page, empty_bed: Bed) -> None:
    empty_bed.add(FakeStream(XSS), 40)
    page.goto(empty_bed.url)
    expect(page.locator("html")).to_have_attribute("data-streams", "1")
    page.get_by_role("link", name=XSS).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(XSS)
    expect(page.locator("html")).to_have_attribute("data-points", "40")
    assert page.locator("img").count() == 0
    assert "owned" not in page.title().removeprefix(XSS)


def test_the_list_comes_back_whole_after_a_lost_connection(
    page: Page, bed: Bed, watch: Watch
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED", "WebSocket connection")
    page.goto(bed.url)
    expect(page.locator("#rows tr")).to_have_count(3)
    bed.stop()
    expect(page.locator("#live-text")).to_contain_text("No connection for")
    del bed.streams["disk-2"]
    bed.start()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    expect(page.locator("#rows tr")).to_have_count(2)
