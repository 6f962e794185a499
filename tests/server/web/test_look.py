"""What holds for every page: themes, narrow screens, keyboard, and what axe finds."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.bed import Bed, series
from tests.watch import Watch

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[3] / "build/test-vendor/axe-core/axe.min.js"
PATHS = ["/", "/client/pump-7", "/client/nobody", "/ui/streams", "/ui/log"]
LONG = "x" * 200
GROUND = "() => getComputedStyle(document.documentElement).backgroundColor"
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]
LIGHT, DARK = "rgb(247, 247, 244)", "rgb(15, 18, 17)"


@pytest.fixture
def bed(shared_bed: Bed) -> Bed:
    """One server for the module: what is looked at here is hardly changed."""
    return shared_bed


def visit(page: Page, bed: Bed, path: str, watch: Watch) -> None:
    watch.allow("404 (Not Found)")
    page.goto(bed.url + path)
    if "nobody" not in path:
        expect(page.locator("html")).to_have_attribute("data-ready", "1")


def test_the_theme_follows_the_system_until_it_is_chosen(page: Page, bed: Bed) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{bed.url}/client/pump-7")
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    assert page.evaluate(GROUND) == DARK
    before = page.locator("#value-lane canvas").evaluate("c => c.toDataURL()")
    page.get_by_role("button", name="Light theme").click()
    assert page.evaluate(GROUND) == LIGHT
    page.wait_for_function(
        "before => document.querySelector('#value-lane canvas').toDataURL() !== before", arg=before
    )
    page.reload()
    assert page.evaluate(GROUND) == LIGHT
    expect(page.get_by_role("button", name="Dark theme")).to_be_visible()


def test_no_page_scrolls_sideways(page: Page, bed: Bed, watch: Watch) -> None:
    bed.send(LONG, series(40))
    for path in [*PATHS, f"/client/{LONG}"]:
        visit(page, bed, path, watch)
        for width in (1680, 1440, 1100, 720, 390):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("() => document.documentElement.scrollWidth") == width, path


def test_the_chart_follows_the_width_of_the_window(page: Page, bed: Bed, watch: Watch) -> None:
    page.set_viewport_size({"width": 1440, "height": 844})
    visit(page, bed, "/client/pump-7", watch)
    page.set_viewport_size({"width": 390, "height": 844})
    for lane in ("nav", "value", "score", "votes", "labels"):
        expect(page.locator(f"#{lane}-lane .uplot")).to_have_css("width", "364px")


def test_everything_can_be_reached_by_keys(page: Page, bed: Bed, watch: Watch) -> None:
    visit(page, bed, "/client/pump-7?span=all", watch)
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("() => document.activeElement.id || document.activeElement.textContent")
        )
    assert reached[0] == "Skip to content"
    for stop in (
        "keys-button",
        "theme",
        "follow",
        "missed",
        "compare",
        "table-button",
        "nav-window",
    ):
        assert stop in reached
    for stop in ("value-lane", "All", "Critical", "labels-csv", "2026-01-01 00:02:00", "next"):
        assert stop in reached


def test_targets_are_large_enough_for_a_finger(page: Page, bed: Bed, watch: Watch) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/client/pump-7", "/ui/streams"):
        visit(page, bed, path, watch)
        small = page.evaluate(
            """() => [...document.querySelectorAll('main .btn:not(.small), .seg button, select')]
              .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 39.5)
              .map((e) => e.outerHTML)"""
        )
        assert small == []


def test_the_bar_shows_on_a_phone_where_one_is(page: Page, bed: Bed, watch: Watch) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/ui/streams", "/ui/log"):
        visit(page, bed, path, watch)
        here = page.locator(".top [aria-current]").bounding_box()
        assert here is not None
        assert here["x"] >= 0
        assert here["x"] + here["width"] <= 390


@pytest.mark.parametrize("path", ["/", "/client/pump-7", "/ui/streams", "/ui/log"])
def test_next_to_nothing_moves_while_a_page_fills(
    page: Page, bed: Bed, watch: Watch, path: str
) -> None:
    """The sum of what jumped, as browsers count it; 0.1 is where they begin to call it bad."""
    page.set_viewport_size({"width": 1440, "height": 900})
    visit(page, bed, path, watch)
    moved = page.evaluate(
        """() => new Promise((resolve) => {
          let sum = 0;
          new PerformanceObserver((list) => list.getEntries().forEach((one) => (sum += one.value)))
            .observe({ type: "layout-shift", buffered: true });
          setTimeout(() => resolve(sum), 400);
        })"""
    )
    assert moved < 0.06


def test_reduced_motion_stops_the_pulse(page: Page, bed: Bed, watch: Watch) -> None:
    page.emulate_media(reduced_motion="reduce")
    visit(page, bed, "/", watch)
    expect(page.locator("#live i")).to_have_css("animation-name", "none")


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(page: Page, bed: Bed, watch: Watch, path: str) -> None:
    assert violations(page, bed, path, watch) == []


def test_axe_finds_nothing_in_the_states_of_a_page(page: Page, bed: Bed, watch: Watch) -> None:
    visit(page, bed, "/client/pump-7?span=all", watch)
    for key in ("j", "y", "l", "?"):
        page.keyboard.press(key)
    expect(page.get_by_role("dialog")).to_be_visible()
    assert found_here(page) == []
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Compare detectors").click()
    expect(page.locator("html")).to_have_attribute("data-compared", "380")
    assert found_here(page) == []
    visit(page, bed, "/", watch)
    page.keyboard.press("t")
    assert found_here(page) == []


@pytest.mark.parametrize("path", ["/", "/ui/streams", "/client/none-yet"])
def test_axe_finds_nothing_before_the_first_stream(
    page: Page, empty_bed: Bed, watch: Watch, path: str
) -> None:
    if path.startswith("/client"):
        empty_bed.ask("PUT", "/streams/none-yet")
    assert violations(page, empty_bed, path, watch) == []


def violations(page: Page, bed: Bed, path: str, watch: Watch) -> list[tuple[object, ...]]:
    """What axe finds at both widths in both themes."""
    visit(page, bed, path, watch)
    return found_here(page)


def found_here(page: Page) -> list[tuple[object, ...]]:
    assert AXE.is_file(), "axe-core is missing; `pip install -e .` fetches it"
    found: list[tuple[object, ...]] = []
    page.evaluate(AXE.read_text())
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 844})
            for one in page.evaluate("() => axe.run().then(({ violations }) => violations)"):
                nodes = [node["html"] for node in one["nodes"]]
                found.append((scheme, width, one["id"], nodes))
    return found


def test_the_api_page_works_without_a_network(page: Page, bed: Bed) -> None:
    page.goto(f"{bed.url}/docs")
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    expect(page.locator("#swagger-ui")).to_contain_text("/health")
