"""Scores are those that were frozen: nothing changes them unseen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.golden.make_series import CASES, PATH, score

FROZEN: dict[str, list[float]] = json.loads(PATH.read_text())


@pytest.mark.parametrize("case", CASES)
def test_scores_are_the_frozen_ones(case: str) -> None:
    """To 5 digits: principal axes come from a library that rounds as the processor lets it."""
    np.testing.assert_allclose(score(case), FROZEN[case], atol=1e-5)


def test_every_case_is_frozen() -> None:
    assert set(FROZEN) == set(CASES)
