import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.evaluation.nab import PROFILES, NabStream, nab_scores, probation
from tests.evaluation.cases import SCORES
from tests.reference import nab as twin


@st.composite
def streams(draw: st.DrawFn) -> list[twin.Stream]:
    made: list[twin.Stream] = []
    for _ in range(draw(st.integers(1, 3))):
        scores = draw(st.lists(SCORES, min_size=1, max_size=50))
        ends = st.lists(st.integers(0, len(scores)), unique=True, max_size=6)
        limits = sorted(draw(ends))
        windows = list(zip(limits[::2], limits[1::2], strict=False))
        made.append((scores, windows))
    made.append(([0.25] * 20, [(10, 15)]))
    return made


def arrays(made: list[twin.Stream]) -> list[NabStream]:
    return [
        NabStream(np.array(scores), np.array(windows, np.int64).reshape(-1, 2))
        for scores, windows in made
    ]


@settings(deadline=None)
@given(streams())
def test_the_best_score_is_that_of_its_twin(made: list[twin.Stream]) -> None:
    found = nab_scores(arrays(made))
    for profile in PROFILES:
        best = twin.best_score(made, profile.fp_weight, profile.fn_weight)
        assert found[profile.name].score == pytest.approx(best, abs=1e-9)


@settings(deadline=None)
@given(streams())
def test_its_threshold_earns_the_best_score(made: list[twin.Stream]) -> None:
    best = nab_scores(arrays(made))
    for profile in PROFILES:
        weights = (profile.fp_weight, profile.fn_weight)
        again = twin.final_score(made, best[profile.name].threshold, *weights)
        assert again == pytest.approx(best[profile.name].score, abs=1e-9)


@settings(deadline=None)
@given(streams(), st.integers(0, 8))
def test_the_score_at_a_threshold_is_that_of_its_twin(
    made: list[twin.Stream], eighths: int
) -> None:
    found = nab_scores(arrays(made), eighths / 8)
    for profile in PROFILES:
        weights = (profile.fp_weight, profile.fn_weight)
        wanted = twin.final_score(made, eighths / 8, *weights)
        assert found[profile.name].score == pytest.approx(wanted, abs=1e-9)


def test_the_first_row_of_each_window_alone_earns_100() -> None:
    scores = np.zeros(1000)
    scores[[400, 700]] = 1.0
    stream = NabStream(scores, np.array([[400, 450], [700, 750]]))
    assert nab_scores([stream])["standard"].score == pytest.approx(100)


def test_silence_earns_0() -> None:
    stream = NabStream(np.full(1000, np.nan), np.array([[400, 450]]))
    assert nab_scores([stream], 0.5)["standard"].score == 0


@pytest.mark.parametrize(("rows", "wanted"), [(0, 0), (99, 14), (5_000, 750), (100_000, 750)])
def test_probation(rows: int, wanted: int) -> None:
    assert probation(rows) == wanted
