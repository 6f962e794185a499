import math

import numpy as np
import pytest
from hypothesis import given

from standout.evaluation.ranking import auroc, average_precision
from tests.evaluation.cases import Case, cases
from tests.reference import ranking as twin


@given(cases(60))
def test_average_precision_is_that_of_its_twin(case: Case) -> None:
    labels, scores = case
    found = average_precision(np.array(labels), np.array(scores))
    assert found == pytest.approx(twin.average_precision(labels, scores), nan_ok=True)


@given(cases(60))
def test_auroc_is_that_of_its_twin(case: Case) -> None:
    labels, scores = case
    found = auroc(np.array(labels), np.array(scores))
    assert found == pytest.approx(twin.auroc(labels, scores), nan_ok=True)


def test_without_anomalies_nothing_is_defined() -> None:
    labels, scores = np.zeros(5, np.bool_), np.linspace(0, 1, 5)
    assert math.isnan(average_precision(labels, scores))
    assert math.isnan(auroc(labels, scores))


def test_where_all_is_anomalous_precision_is_whole() -> None:
    labels, scores = np.ones(5, np.bool_), np.array([0.1, np.nan, 0.1, 0.9, 0])
    assert average_precision(labels, scores) == 1
    assert math.isnan(auroc(labels, scores))


def test_scores_that_all_tie_are_worth_a_coin() -> None:
    labels = np.arange(10) < 3
    assert average_precision(labels, np.full(10, 0.4)) == pytest.approx(0.3)
    assert auroc(labels, np.full(10, np.nan)) == 0.5
