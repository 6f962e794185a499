import numpy as np
import pytest

from standout.detectors import registry
from standout.errors import InvalidInput, UnknownDetector
from standout.evaluation.plain import as_plain
from standout.service.evaluation import evaluate

RANDOM = np.random.default_rng(5)
VALUES = RANDOM.normal(size=200)
VALUES[150] = 60.0
LABELS = np.arange(200) == 150
TIMES = np.arange(200, dtype=np.int64) * 1_000_000


def test_a_spike_that_is_labelled_is_found() -> None:
    (figures,) = evaluate("pump", VALUES, LABELS, TIMES)
    answer = as_plain(figures)
    assert (answer["detector"], answer["version"], answer["family"]) == (
        "vote",
        str(registry.version("vote")),
        "pump",
    )
    assert answer["events"]["found"] == answer["events"]["events"] == 1
    assert answer["events"]["median_delay_s"] == 0
    assert answer["auroc"] == 1
    assert answer["nab"] is None


def test_the_order_of_the_rows_does_not_matter() -> None:
    order = RANDOM.permutation(200)
    names = ("vote", "ewma")
    straight = evaluate("pump", VALUES, LABELS, TIMES, detectors=names)
    shuffled = evaluate("pump", VALUES[order], LABELS[order], TIMES[order], detectors=names)
    assert [as_plain(one) for one in straight] == [as_plain(one) for one in shuffled]
    assert [one.contender.name for one in straight] == list(names)


def test_detectors_of_whole_series_are_measured_as_such() -> None:
    whole, stream = evaluate("pump", VALUES, LABELS, TIMES, detectors=["auto", "vote"])
    assert as_plain(whole)["causal"] is False
    assert as_plain(whole)["window"] is None
    assert as_plain(whole)["events"]["found"] == 1
    assert as_plain(stream)["causal"] is True


def test_without_labels_what_is_not_defined_is_none() -> None:
    (figures,) = evaluate("pump", VALUES, np.zeros(200, np.bool_))
    answer = as_plain(figures)
    assert answer["auroc"] is answer["vus_pr"] is answer["events"]["recall"] is None
    assert answer["on_clean_series"]["normal_rows"] == 200


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InvalidInput, match="one length"):
        evaluate("pump", VALUES, LABELS[:10])
    with pytest.raises(InvalidInput, match="over 0"):
        evaluate("pump", VALUES[:0], LABELS[:0])
    with pytest.raises(UnknownDetector):
        evaluate("pump", VALUES, LABELS, detectors=["oracle"])
