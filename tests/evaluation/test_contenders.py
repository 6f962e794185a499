import numpy as np
import pytest

from standout.detectors import registry
from standout.errors import InvalidParameter, UnknownDetector
from standout.evaluation import contenders
from standout.evaluation.contenders import contender
from standout.evaluation.series import LabelledSeries

SERIES = np.random.default_rng(3).normal(size=700).cumsum()
SERIES[100] = np.nan


CAUSAL = [name for name in contenders.names() if contender(name).causal]
WHOLE = [name for name in contenders.names() if name not in CAUSAL]


@pytest.mark.parametrize("name", CAUSAL)
def test_scores_are_causal_in_range_and_the_same_again(name: str) -> None:
    """What comes later changes nothing that was said before."""
    made = contender(name)
    scores = made.score(SERIES)
    known = scores[~np.isnan(scores)]
    assert scores.shape == SERIES.shape
    assert ((known >= 0) & (known <= 1)).all()
    np.testing.assert_array_equal(made.score(SERIES), scores)
    np.testing.assert_array_equal(made.score(SERIES[:400]), scores[:400])


def test_a_detector_of_ours_scores_as_the_registry_has_it() -> None:
    detector = registry.detector("vote", {"window": 50})
    wanted = detector.score_learn_many(SERIES.reshape(-1, 1))
    np.testing.assert_array_equal(contender("vote", window=50).score(SERIES), wanted)


def test_only_our_detectors_ship_a_threshold() -> None:
    shipped = {name for name in contenders.names() if contender(name).threshold is not None}
    assert shipped == {*registry.names(), *WHOLE}


@pytest.mark.parametrize("name", WHOLE)
def test_detectors_of_whole_series_take_several_channels(name: str) -> None:
    made = contender(name)
    channels = np.column_stack([SERIES, np.sin(np.arange(700) / 5), np.cos(np.arange(700) / 9)])
    for X in (SERIES, channels):
        scores = made.score(X)
        assert scores.shape == (700,)
        assert ((scores >= 0) & (scores <= 1) | np.isnan(scores)).all()
        np.testing.assert_array_equal(made.score(X), scores)


def test_families_go_to_those_that_can_score_them() -> None:
    one = LabelledSeries(family="f", name="s", values=SERIES, labels=SERIES > 9)
    many = LabelledSeries(
        family="f", name="s", values=SERIES, labels=SERIES > 9, channels=np.ones((700, 2))
    )
    taken = {
        name: (contender(name).takes([one]), contender(name).takes([many]))
        for name in ("vote", "noise", "auto", "seasonal", "auto_all_channels")
    }
    assert taken == {
        "vote": (True, False),
        "noise": (True, False),
        "auto": (True, True),
        "seasonal": (True, True),
        "auto_all_channels": (False, True),
    }


def test_the_fingerprint_knows_name_and_window() -> None:
    made = [contender("vote"), contender("zscore"), contender("vote", window=50)]
    assert len({one.fingerprint() for one in made}) == 3


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(UnknownDetector, match="windowed_gaussian"):
        contender("oracle")


def test_a_window_out_of_range_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="window"):
        contender("vote", window=3)
