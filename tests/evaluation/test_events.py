import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from standout.evaluation.events import EventCounts, count_events
from tests.evaluation.cases import SCORES, runs
from tests.reference import events as twin


@given(labels=runs(80), made=st.data(), threshold=st.sampled_from([0.0, 0.5, 0.6, 1.0]))
def test_counts_are_those_of_their_twin(
    labels: list[bool], made: st.DataObject, threshold: float
) -> None:
    scores = made.draw(st.lists(SCORES, min_size=len(labels), max_size=len(labels)))
    found = count_events(np.array(labels), np.array(scores), threshold)
    events, hit, false_alarms, delays = twin.counts(labels, scores, threshold)
    assert (found.events, found.found, found.false_alarms) == (events, hit, false_alarms)
    assert found.delay_rows.tolist() == delays
    assert len(found.delay_s) == 0


def counted(labels: str, flagged: str) -> EventCounts:
    times_us = np.arange(len(labels), dtype=np.int64) * 60_000_000
    mask = np.array([label == "#" for label in labels])
    return count_events(mask, np.array([float(flag == "!") for flag in flagged]), 0.6, times_us)


def test_one_row_finds_an_event_and_its_delay_is_told() -> None:
    found = counted("..####....##..", ".....!....!!..")
    assert (found.events, found.found, found.false_alarms) == (2, 2, 0)
    assert found.f1 == found.precision == found.recall == 1
    assert (found.median_delay_rows, found.median_delay_s) == (1.5, 90.0)


def test_a_false_alarm_costs_precision_and_a_miss_recall() -> None:
    found = counted("..####....####", "!....!.!......")
    assert (found.found, found.false_alarms) == (1, 2)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == 0.5
    assert found.f1 == pytest.approx(2 * (1 / 3) * 0.5 / (1 / 3 + 0.5))
    assert found.flagged_per_1000 == pytest.approx(1000 * 2 / 6)


def test_to_flag_everything_does_not_pay() -> None:
    labels = "." * 90 + "#" * 10
    assert counted(labels, "!" * 100).precision == pytest.approx(0.1)


def test_without_events_or_alarms_nothing_is_defined() -> None:
    found = counted("....", "....")
    assert math.isnan(found.recall)
    assert math.isnan(found.precision)
    assert math.isnan(found.f1)
    assert math.isnan(found.median_delay_rows)
    assert found.flagged_per_1000 == 0


def test_silence_finds_nothing() -> None:
    labels = np.array([False, True, True])
    found = count_events(labels, np.full(3, np.nan), 0.6)
    assert (found.found, found.f1, found.false_alarms) == (0, 0.0, 0)


def test_where_all_is_anomalous_no_row_is_normal() -> None:
    assert math.isnan(counted("###", "!!!").flagged_per_1000)


def test_counts_of_several_series_add_up() -> None:
    parts = [counted("..##..", "..!...") for _ in range(3)] + [counted("......", "!.....")]
    total = EventCounts.total(parts)
    assert (total.events, total.found, total.false_alarms) == (3, 3, 1)
    assert total.delay_rows.tolist() == [0, 0, 0]
    assert total.normal_rows == 3 * 4 + 6
