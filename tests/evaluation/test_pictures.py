from xml.etree import ElementTree as ET

import numpy as np
import pytest

from standout.evaluation.pictures.drawing import draw
from standout.evaluation.pictures.moments import moments, worst
from standout.evaluation.series import LabelledSeries

ROWS = 4000


def series(name: str = "a & b", *, timed: bool = True) -> LabelledSeries:
    values = np.sin(np.arange(ROWS) / 20)
    values[500:520] = np.nan
    labels = np.zeros(ROWS, np.bool_)
    labels[1000:1100] = labels[3000:3050] = True
    times = np.arange(ROWS, dtype=np.int64) * 60_000_000 if timed else None
    return LabelledSeries(family="made", name=name, values=values, labels=labels, times_us=times)


def scores(peak: float = 0.9) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    made = np.full(ROWS, 0.1)
    made[:30] = np.nan
    made[1050] = 0.8
    made[2000:2010] = peak
    made[2500] = 0.7
    return made


def test_misses_and_false_alarms_are_found() -> None:
    found = {(one.kind, one.start, one.end) for one in moments(series(), scores(), 0.6)}
    assert found == {
        ("miss", 3000, 3050),
        ("false alarm", 2000, 2010),
        ("false alarm", 2500, 2501),
    }


def test_the_worst_come_first_and_two_at_most_of_a_series() -> None:
    many = [
        one
        for place in range(4)
        for one in moments(series(f"s{place}"), scores(0.8 + place / 20), 0.6)
    ]
    alarms = worst(many, "false alarm", 5)
    assert [one.peak for one in alarms] == pytest.approx([0.95, 0.9, 0.85, 0.8, 0.7])
    assert [one.series.name for one in alarms] == ["s3", "s2", "s1", "s0", "s0"]
    assert len(worst(many, "miss", 10)) == 4


@pytest.mark.parametrize("timed", [True, False])
def test_a_picture_is_whole_and_says_what_it_shows(timed: bool) -> None:
    for moment in moments(series(timed=timed), scores(), 0.6):
        root = ET.fromstring(draw(moment, "vote", 0.6))
        texts = [node.text for node in root.iter() if node.tag.endswith("text")]
        assert f"{moment.kind.capitalize()} of vote: made, a & b" in texts
        assert ("1970-01-02 23:30:00" in texts or "row 2,850" in texts) == (moment.kind == "miss")


def test_a_flat_series_can_be_drawn() -> None:
    flat = LabelledSeries(
        family="made", name="flat", values=np.zeros(300), labels=np.arange(300) == 100
    )
    (moment,) = moments(flat, np.zeros(300), 0.6)
    assert draw(moment, "vote", 0.6).startswith(b"<svg")


def test_no_spike_is_lost_where_rows_outnumber_pixels() -> None:
    rows = 20_000
    values = np.zeros(rows)
    values[12_345] = 1.0
    spiked = LabelledSeries(
        family="made", name="long", values=values, labels=np.arange(rows) // 10_000 == 1
    )
    (moment,) = moments(spiked, np.zeros(rows), 0.6)
    root = ET.fromstring(draw(moment, "vote", 0.6))
    line = next(node for node in root.iter() if node.tag.endswith("polyline"))
    points = line.attrib["points"].split()
    assert len(points) < 2500
    heights = {float(point.split(",")[1]) for point in points}
    assert len(heights) == 2
