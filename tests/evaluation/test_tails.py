import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.kernels.gaussian_window import tail_scores
from tests.reference import tails as twin


@settings(deadline=None)
@given(
    st.lists(st.integers(-40, 40), min_size=1, max_size=60), st.integers(1, 9), st.integers(1, 4)
)
def test_tails_are_those_of_their_twin(whole: list[int], window: int, step: int) -> None:
    values = [value / 4 for value in whole]
    scores = np.empty(len(values))
    tail_scores(np.array(values), window, min(step, window), scores)
    wanted = twin.tail_scores(values, window, min(step, window))
    assert scores == pytest.approx(wanted, abs=1e-9)
