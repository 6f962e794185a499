"""Backtests: each fold is scored by a model of the rows before it, and of no other."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from standout.detectors.batch.backtest import PARTS, backtest
from standout.detectors.batch.model import fit_model
from standout.errors import ColumnNotFound, InvalidInput
from tests.detectors.batch.test_model import table

ASKED: dict[str, Any] = {"algorithm": "hbos", "target": "price", "feature_columns": ["volume"]}


def test_a_fold_is_scored_by_a_model_of_what_came_before() -> None:
    columns = table()
    folds = backtest(
        columns, folds=3, label_column="is_anomaly", date_column="date", contamination=0.1, **ASKED
    )
    assert json.loads(json.dumps(folds)) == folds
    assert [(fold["learnt"], fold["rows"]) for fold in folds] == [
        (100, 100),
        (200, 100),
        (300, 100),
    ]
    for fold in folds:
        cut = fold["learnt"]
        learnt = {name: column[:cut] for name, column in columns.items()}
        after = {name: column[cut : cut + 100] for name, column in columns.items()}
        model = fit_model(
            learnt, label_column="is_anomaly", date_column="date", contamination=0.1, **ASKED
        )
        score = model.score(after).score
        edges = np.linspace(0, 100, PARTS, endpoint=False).astype(int)
        assert fold["peaks"] == pytest.approx(np.maximum.reduceat(score, edges), abs=1e-4)
        assert fold["flagged"] == int((score >= 0.6).sum())
        real = after["is_anomaly"] == 1
        assert fold["recall"] == ((score >= 0.6) & real).sum() / real.sum()
        assert sum(fold["labelled"]) == real.sum()


def test_rows_are_taken_in_order_of_time() -> None:
    columns = table()
    mixed = np.random.default_rng(1).permutation(400)
    other = {name: column[mixed] for name, column in columns.items()}
    first, second = (
        backtest(one, folds=2, date_column="date", contamination=0.1, **ASKED)
        for one in (columns, other)
    )
    assert first == second
    assert first[0]["labelled"] is None
    assert (first[0]["precision"], first[0]["recall"]) == (None, None)


def test_too_few_rows_are_told() -> None:
    few = {name: column[:50] for name, column in table().items()}
    with pytest.raises(InvalidInput, match="of 5 folds takes 120 rows or more, got 50"):
        backtest(few, folds=5, **ASKED)


def test_the_fold_that_cannot_be_learnt_is_named() -> None:
    columns = table()
    columns["is_anomaly"][:] = 0
    columns["is_anomaly"][300:] = 1
    asked = {**ASKED, "algorithm": "random_forest"}
    with pytest.raises(InvalidInput, match=r"^Fold 1, which learns from the first 133 rows: "):
        backtest(columns, folds=2, label_column="is_anomaly", **asked)
    with pytest.raises(ColumnNotFound, match="Label column"):
        backtest(columns, folds=2, label_column="nothing", **ASKED)
