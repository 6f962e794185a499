"""The modules that draw nothing, called from a page."""

from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.server.web.bed import Bed

pytestmark = pytest.mark.browser

HOLD = """async ({ header, columns, points, from, to, pixel }) => {
  const { Holding, toPlot } = await import("/ui/static/js/holding.js");
  const held = new Holding();
  const arrays = Object.fromEntries(Object.entries(columns).map(([name, values]) =>
    [name, Float64Array.from(values, (v) => v ?? NaN)]));
  held.load({ header, columns: arrays });
  const flagged = points ? held.append(points) : false;
  const { data, index, gaps } = toPlot(held, from, to, pixel);
  return { data, index, gaps, flagged, stale: held.stale, n: held.n, seq: held.seq };
}"""

NONE = "\N{EN DASH}"
FORMAT = """async (calls) => {
  const format = await import("/ui/static/js/format.js");
  return calls.map(([name, ...values]) => format[name](...values));
}"""
RANGE = """async ([first, newest, step]) => {
  const { Range, offered, spanName } = await import("/ui/static/js/range.js");
  const range = new Range();
  range.span = 100;
  range.update(first, newest, step);
  const home = [range.from, range.to];
  range.scale(0.5, home[1] - 10);
  const zoomed = [range.from, range.to];
  range.update(first, newest + 1000, step);
  const paused = [range.from, range.to];
  range.follow();
  range.update(first, newest + 1000, step);
  return { home, zoomed, paused, back: range.to, names: offered(1e6).map(spanName) };
}"""


@pytest.fixture
def modules(page: Page, shared_bed: Bed) -> Page:
    page.goto(f"{shared_bed.url}/docs")
    return page


def hold(modules: Page, rows: Sequence[tuple[float, float, Any, Any]], **more: Any) -> Any:
    """Hold columns of (first time, last time, lowest, highest)."""
    n = len(rows)
    columns = {
        "time_us": [row[0] for row in rows],
        "end_us": [row[1] for row in rows],
        "min": [row[2] for row in rows],
        "max": [row[3] for row in rows],
        **dict.fromkeys(("count", "anomalies", "peak", "lower", "upper"), [0] * n),
    }
    header = {"n": n, "seq": 10, "from_us": 0, "to_us": 100, "step_us": 1, "voters": ["a", "b"]}
    given = {"header": header, "columns": columns, "from": 0, "to": 1e9, "pixel": 1, "points": None}
    return modules.evaluate(HOLD, {**given, **more})


def test_extremes_are_drawn_the_nearer_one_first(modules: Page) -> None:
    drawn = hold(modules, [(0, 0, 1, 1), (1, 2, 0, 9), (3, 4, -5, 8)])
    assert drawn["data"][1] == [1, 0, 9, 8, -5]
    assert drawn["data"][0] == [0, 1e-6, 2e-6, 3e-6, 4e-6]
    assert drawn["index"] == [0, 1, 1, 2, 2]


def test_nothing_is_drawn_over_a_gap(modules: Page) -> None:
    drawn = hold(modules, [(0, 0, 1, 1), (1, 1, 2, 2), (50, 50, 3, 3), (51, 51, None, None)], to=52)
    assert drawn["data"][1] == [1, 2, None, 3, None]
    assert drawn["gaps"] == [[1, 50]]
    missing = hold(modules, [(0, 0, 1, 1), (1, 1, None, None), (2, 2, 3, 3)], to=2)
    assert missing["gaps"] == [[0, 2]]


def points(rows: list[tuple[int, float, Any, int]]) -> dict[str, Any]:
    none = [None] * len(rows)
    return {
        "seq": [row[0] for row in rows],
        "time_us": [row[1] for row in rows],
        "value": [row[2] for row in rows],
        "anomaly": [row[3] for row in rows],
        "votes": [2] * len(rows),
        **dict.fromkeys(("score", "lower", "upper"), none),
    }


def test_live_points_come_once_and_in_order(modules: Page) -> None:
    rows = [(0, 0, 1, 1), (1, 1, 2, 2)]
    fresh = points([(9, 1, 2.0, 1), (11, 2, 3.0, 0), (12, 3, None, 1)])
    held = hold(modules, rows, points=fresh, to=3)
    assert (held["n"], held["seq"], held["flagged"], held["stale"]) == (4, 12, True, False)
    assert held["data"][1] == [1, 2, 3, None]
    late = hold(modules, rows, points=points([(11, 0.5, 3.0, 0)]))
    assert (late["n"], late["seq"], late["stale"]) == (2, 11, True)


def test_numbers_and_times_read_well(modules: Page) -> None:
    now = 1_767_225_600_000
    calls: list[tuple[list[Any], str]] = [
        (["value", 1234.5678901], "1,234.57"),
        (["value", 1.5e-7], "1.5000e-7"),
        (["value", None], NONE),
        (["brief", 12345.678], "12,346"),
        (["brief", 0.018312], "0.01831"),
        (["time", now / 1e3], "2026-01-01 00:00:00"),
        (["time", now / 1e3 + 0.25], "2026-01-01 00:00:00.250"),
        (["age", "2025-12-31T23:59:58Z", now], "2 s ago"),
        (["age", "2025-12-31T23:00:00Z", now], "1 h ago"),
        (["age", "2010-05-01T00:00:00Z", now], "2010-05-01"),
        (["age", None, now], NONE),
        (["brief", -19.2], "\u221219.2"),
        (["tick", -2e5], "\u2212200K"),
        (["counted", 3, "stream needs", "streams need"], "Three streams need"),
        (["counted", 1, "stream needs", "streams need"], "One stream needs"),
        (["counted", 1812, "stream"], "1,812 streams"),
        (["duration", 48], "48 s"),
        (["duration", 60], "1 min"),
        (["duration", 3_600], "1 h"),
        (["duration", 18 * 60], "18 min"),
        (["duration", 3.5 * 3600], "3 h 30 min"),
        (["duration", 200_000], "2 d 8 h"),
        (["spoken", 18 * 60], "18 minutes"),
        (["spoken", 86_400], "24 hours"),
        (["rate", 1], "one point per second"),
        (["rate", 0.1], "10 points per second"),
        (["detector", "moving_average"], "Moving average"),
    ]
    read = modules.evaluate(FORMAT, [call for call, _ in calls])
    expected = [text for _, text in calls]
    assert read == expected


def test_the_range_follows_until_somebody_looks_elsewhere(modules: Page) -> None:
    told = modules.evaluate(RANGE, [0, 10_000, 2])
    assert told["home"] == [9_901, 10_001]
    assert told["zoomed"][1] - told["zoomed"][0] == 1_000  # no closer than a millisecond
    assert told["paused"] == told["zoomed"]
    assert told["back"] == 11_001
    assert told["names"] == ["15 min", "1 h", "3 h"]
