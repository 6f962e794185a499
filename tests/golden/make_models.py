"""Make `models_1.json`: small models as the first format keeps them, and what they say of rows.

Run by hand, once a format: ``python -m tests.golden.make_models``. They stand for the models that
people have trained; when the format changes the file stays, and must be read or refused by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from standout.detectors.batch import registry
from standout.detectors.batch.model import Fitted, fit_model
from standout.features.columns import Column

FILE = Path(__file__).parent / "models_1.json"

SMALL: dict[str, dict[str, Any]] = {
    "isolation_forest": {"trees": 4, "rows_a_tree": 8},
    "random_forest": {"trees": 4},
    "sampled_neighbours": {"samples": 4, "rows_a_sample": 5},
    "knn": {"rows": 10},
    "local_outlier_factor": {"rows": 10, "neighbours": 3},
}


def table(rows: int = 24, seed: int = 0) -> dict[str, Column]:
    """Return a small table with every kind of column, and some cells missing."""
    random = np.random.default_rng(seed)
    columns: dict[str, Column] = {
        "price": random.normal(size=rows).round(3),
        "when": 1_700_000_000_000_000 + 3_600_000_000 * np.arange(rows),
        "city": np.array(["Bern", "Oslo", "Zürich"], object)[random.integers(0, 3, rows)],
        "odd": (np.arange(rows) % 8 == 2).astype(float),
    }
    columns["price"][columns["odd"] == 1] += 7
    columns["price"][5] = np.nan
    return columns


def fitted(algorithm: str) -> Fitted:
    """Fit a small model."""
    return fit_model(
        table(),
        algorithm=algorithm,
        contamination=0.1,
        target="price",
        feature_columns=["city"],
        label_column="odd" if registry.describe(algorithm).supervised else None,
        params=SMALL.get(algorithm, {}),
    )


def as_json(state: dict[str, Any]) -> dict[str, Any]:
    """Return a state with its arrays as their kind, shape and numbers."""
    return {
        name: [part.dtype.str, part.shape, part.reshape(-1).tolist()]
        if isinstance(part, np.ndarray)
        else part
        for name, part in state.items()
    }


def from_json(told: dict[str, Any]) -> dict[str, Any]:
    """Return the state that `as_json` told."""
    return {
        name: np.array(part[2], part[0]).reshape(part[1]) if isinstance(part, list) else part
        for name, part in told.items()
    }


def make() -> dict[str, Any]:
    """Return all models, with their scores and shares of new rows."""
    made = {}
    for name in registry.names():
        if name == "auto":
            continue  # the sum of others, and large
        model = fitted(name)
        found = model.score(table(6, seed=1))
        shares = model.explain(found.features)
        made[name] = {
            "state": as_json(model.to_state()),
            "score": found.score.tolist(),
            "shares": shares.tolist(),
        }
    return made


if __name__ == "__main__":
    FILE.write_text(json.dumps(make(), ensure_ascii=False))
