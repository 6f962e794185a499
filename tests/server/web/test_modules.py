"""The modules that draw nothing, called from a page."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.server.web.bed import Bed

pytestmark = pytest.mark.browser

SERIES = """async ({ most, batches }) => {
  const { Series } = await import("/ui/static/js/series.js");
  const series = new Series(most);
  for (const batch of batches) {
    const n = batch.length;
    const none = Array(n).fill(null);
    series.append({
      seq: batch.map(([time]) => time),
      time_us: batch.map(([time]) => time * 1e6),
      value: batch.map(([, value]) => value),
      anomaly: batch.map(([, , anomaly]) => anomaly ?? 0),
      votes: Array(n).fill(0),
      score: none, expected: none, lower: none, upper: none,
    });
  }
  const { start, end, time, value, flagged } = series;
  return {
    time: [...time.subarray(start, end)],
    value: [...value.subarray(start, end)].map((x) => (Number.isNaN(x) ? null : x)),
    flagged,
  };
}"""

DECIMATE = """async ({ values, pixels }) => {
  const { decimate } = await import("/ui/static/js/decimate.js");
  const n = values.length;
  const column = (f) => Float64Array.from({ length: n }, (_, i) => f(i));
  const series = {
    time: column((i) => i),
    value: column((i) => values[i] ?? NaN),
    lower: column((i) => -i),
    upper: column((i) => i),
  };
  return decimate(series, 0, n, 0, n, pixels);
}"""

NONE = "\N{EN DASH}"
FORMAT = """async (calls) => {
  const format = await import("/ui/static/js/format.js");
  return calls.map(([name, ...values]) => format[name](...values));
}"""


@pytest.fixture
def modules(page: Page, empty_bed: Bed) -> Page:
    page.goto(f"{empty_bed.url}/docs")
    return page


def hold(page: Page, most: int, *batches: list[list[float | None]]) -> Any:
    return page.evaluate(SERIES, {"most": most, "batches": list(batches)})


def test_a_late_observation_goes_to_its_place(modules: Page) -> None:
    held = hold(modules, 10, [[1, 1.0], [2, 2.0], [5, 5.0]], [[3, 3.0], [6, None]])
    assert held["time"] == [1, 2, 3, 5, 6]
    assert held["value"] == [1, 2, 3, 5, None]


def test_a_known_time_is_replaced(modules: Page) -> None:
    held = hold(modules, 10, [[1, 1.0, 1], [2, 2.0, 1]], [[2, 7.0, 0], [1, 8.0, 1]])
    assert held["time"] == [1, 2]
    assert held["value"] == [8, 7]
    assert held["flagged"] == 1


def test_the_oldest_give_way(modules: Page) -> None:
    batch: list[list[float | None]] = [[t, float(t), int(t % 10 == 0)] for t in range(100)]
    held = hold(modules, 25, batch, [[60.5, 0.5], [100, 100.0]])
    assert held["time"] == [*range(76, 101)]
    assert held["flagged"] == 2


def test_decimation_keeps_what_stands_out(modules: Page) -> None:
    values: list[float | None] = [float(i % 7) for i in range(1_000)]
    values[333], values[700], values[701] = 99.0, -99.0, None
    drawn = modules.evaluate(DECIMATE, {"values": values, "pixels": 10})
    indices = drawn["indices"]
    assert len(indices) <= 50
    assert indices == sorted(set(indices))
    assert {0, 333, 700, 701, 999} <= set(indices)
    time, value, lower, upper = drawn["data"]
    assert time == indices
    assert value == [values[i] for i in indices]
    assert lower[-1] == -999
    assert upper[0] == 99


def test_few_points_are_drawn_as_they_are(modules: Page) -> None:
    drawn = modules.evaluate(DECIMATE, {"values": [1.0, None, 3.0], "pixels": 10})
    assert drawn["data"][:2] == [[0, 1, 2], [1, None, 3]]


def test_numbers_and_times_read_well(modules: Page) -> None:
    now = 1_767_225_600_000
    calls = [
        ["value", 1234.5678901],
        ["value", 1.5e-7],
        ["value", None],
        ["time", now / 1e3],
        ["time", now / 1e3 + 0.25],
        ["age", "2025-12-31T23:59:58Z", now],
        ["age", "2025-12-31T23:00:00Z", now],
        ["age", "2010-05-01T00:00:00Z", now],
        ["age", None, now],
        ["names", ["a", "b"]],
        ["names", ["a", "b", "c", "d"]],
    ]
    assert modules.evaluate(FORMAT, calls) == [
        "1,234.57",
        "1.5000e-7",
        NONE,
        "2026-01-01 00:00:00",
        "2026-01-01 00:00:00.250",
        "2 s ago",
        "1 h ago",
        "2010-05-01",
        NONE,
        "a and b",
        "a, b and 2 more",
    ]
