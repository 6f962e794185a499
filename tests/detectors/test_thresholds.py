import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from standout.detectors.thresholds import alarms, held
from tests.reference import alarms as twin

SCORES = st.lists(
    st.one_of(st.integers(0, 10).map(lambda tenths: tenths / 10), st.just(float("nan"))),
    max_size=60,
)


@given(SCORES, st.integers(1, 9))
def test_alarms_are_those_of_the_twin(scores: list[float], hold: int) -> None:
    assert alarms(np.array(scores, float), hold).tolist() == twin.group(scores, 0.6, hold)


@given(SCORES, st.integers(1, 9), st.integers(1, 10))
def test_holding_down_first_leaves_what_holding_down_at_a_threshold_leaves(
    scores: list[float], hold: int, tenths: int
) -> None:
    threshold = tenths / 10
    kept = held(np.array(scores, float), hold)
    assert (kept >= threshold).tolist() == twin.hold_down(scores, hold, threshold)


@given(SCORES, st.integers(1, 9), st.integers(0, 60))
def test_alarms_are_causal(scores: list[float], hold: int, cut: int) -> None:
    whole = alarms(np.array(scores, float), hold)
    assert whole[:cut].tolist() == alarms(np.array(scores[:cut], float), hold).tolist()
