"""Models that were kept by the first format go on saying the same."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from standout.detectors.batch import registry
from standout.detectors.batch.model import Fitted
from tests.golden.make_models import FILE, fitted, from_json, table

KEPT: dict[str, Any] = json.loads(FILE.read_text())

FITTED_BY_OTHERS = {"random_forest", "logistic_regression", "one_class_svm"}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_model_says_what_it_said(name: str) -> None:
    kept = KEPT[name]
    model = Fitted.from_state(from_json(kept["state"]))
    found = model.score(table(6, seed=1))
    assert np.allclose(found.score, kept["score"], rtol=1e-9, atol=1e-12)
    assert np.allclose(model.explain(found.features), kept["shares"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(set(KEPT) - FITTED_BY_OTHERS))
def test_the_same_seed_still_gives_the_same_model(name: str) -> None:
    """A change of scores is a new version of the detector; other libraries' fits may change."""
    found = fitted(name).score(table(6, seed=1))
    assert np.allclose(found.score, KEPT[name]["score"], rtol=1e-7, atol=1e-9)


def test_all_are_kept() -> None:
    assert set(KEPT) == set(registry.names()) - {"auto"}
