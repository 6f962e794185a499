"""What a training keeps to draw its curves: every threshold counted exactly, 0.6 among them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.batch import measures
from standout.detectors.batch.measures import BINS
from standout.detectors.batch.model import fit_model
from tests.detectors.batch.test_model import fitted, table

RAW = st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), min_size=1, max_size=60)


@given(raw=RAW, share=st.floats(0, 1), beyond=st.booleans())
@settings(deadline=None, max_examples=100)
def test_the_threshold_begins_a_bin_and_every_row_is_counted(
    raw: list[float], share: float, beyond: bool
) -> None:
    scores = np.array(raw)
    threshold = float(np.quantile(scores, share)) + (1.0 if beyond else 0.0)
    edges, shipped = measures._edges(scores, threshold)
    assert edges[shipped] == threshold
    assert (np.diff(edges) >= 0).all()
    counts = measures._counts(scores, edges)
    assert len(counts) == BINS
    assert sum(counts) == len(scores)
    for k in (shipped, BINS // 2, BINS - 1):
        if k:
            assert sum(counts[k:]) == int((scores >= edges[k]).sum())


@pytest.mark.parametrize("algorithm", ["isolation_forest", "random_forest", "hbos", "knn"])
def test_at_the_threshold_the_curves_say_what_was_measured(algorithm: str) -> None:
    stats = fitted(algorithm, label_column="is_anomaly").stats
    kept = json.loads(json.dumps(stats["measures"]))
    k = kept["shipped"]
    assert kept["scores"][k] == 0.6
    assert all(a <= b for a, b in zip(kept["scores"], kept["scores"][1:], strict=False))
    assert sum(kept["training"]) == stats["n_samples"]
    assert sum(kept["training"][k:]) == stats["anomaly_count"]
    assert sum(kept["rows"]) == stats["measured_rows"]
    assert sum(kept["anomalies"]) == stats["measured_anomalies"]
    hits, flagged = sum(kept["anomalies"][k:]), sum(kept["rows"][k:])
    assert hits / flagged == stats["precision"]
    assert hits / stats["measured_anomalies"] == stats["recall"]


def test_what_flagged_rows_are_flagged_for_is_told() -> None:
    kept = fitted("isolation_forest").stats["measures"]
    assert (kept["rows"], kept["anomalies"]) == (None, None)
    assert list(kept["importance"].values()) == sorted(kept["importance"].values(), reverse=True)
    assert sum(kept["importance"].values()) == pytest.approx(1, abs=1e-4)
    assert next(iter(kept["importance"])).startswith("price")


def test_rows_that_are_all_alike_have_measures_too() -> None:
    same = {"price": np.full(50, 3.0), "volume": np.full(50, 1.0)}
    kept = fit_model(same, algorithm="hbos").stats["measures"]
    assert sum(kept["training"]) == 50
    assert kept["importance"] == {}
    assert np.isfinite(kept["scores"]).all()


def test_they_are_small() -> None:
    wide = {f"c{i}": column for i in range(60) for column in [table(300, i)["price"]]}
    kept = fit_model(wide, algorithm="hbos").stats["measures"]
    assert len(kept["importance"]) == 40
    assert len(json.dumps(kept)) < 6_000
