"""One code for training, batches, files and single rows: the same scores for the same rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.batch.model import fit_model
from standout.readers.datasets.arrays import arrays
from standout.readers.datasets.profile import kind_of
from standout.schemas.predictions import PredictBatchRequest, PredictRequest
from standout.service import scoring_files
from standout.service.predicting import judge_many, judge_one
from standout.service.rows import RowReader
from standout.service.scoring_files import score_file
from standout.service.serving import ServedModel

BEGIN = datetime(2024, 1, 1, 22, tzinfo=UTC)
SCHEMA: dict[str, Any] = {
    "when": pl.Datetime("us", "UTC"),
    "price": pl.Float64,
    "volume": pl.Int64,
    "open": pl.Boolean,
    "city": pl.String,
}

CELLS = st.fixed_dictionaries(
    {
        "hours": st.integers(1, 30) | st.none(),
        "price": st.floats(90, 110) | st.sampled_from([None, 1e300, -7.0]),
        "volume": st.integers(0, 2**60) | st.none(),
        "open": st.booleans() | st.none(),
        "city": st.sampled_from(["Bern", "Oslo", "", "Ulm", None]),
    }
)


def rows_of(cells: list[dict[str, Any]], *, dated: bool) -> list[dict[str, Any]]:
    """Return rows as a request has them; the hours lie between one and the next."""
    rows, when = [], BEGIN + timedelta(days=400)
    for cell in cells:
        row = {name: cell[name] for name in ("price", "volume", "open", "city")}
        if dated:
            when += timedelta(hours=cell["hours"] or 0)
            row["when"] = None if cell["hours"] is None else when.isoformat()
        rows.append(row)
    return rows


def table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    parsed = [
        {**row, "when": None if row.get("when") is None else datetime.fromisoformat(row["when"])}
        for row in rows
    ]
    return pl.DataFrame(parsed, schema=SCHEMA)


def training(n: int = 40) -> list[dict[str, Any]]:
    draw = np.random.default_rng(1)
    return [
        {
            "when": (BEGIN + timedelta(hours=5 * i)).isoformat(),
            "price": None if i % 9 == 4 else 100 + draw.normal(),
            "volume": int(draw.integers(0, 50)),
            "open": bool(i % 2),
            "city": ["Bern", "Oslo", None][i % 3],
        }
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def served() -> ServedModel:
    frame = table(training())
    fitted = fit_model(
        arrays(frame),
        target="price",
        feature_columns=["volume", "open", "city"],
        params={"trees": 20},
    )
    kinds = {name: kind_of(kind) for name, kind in frame.schema.items()}
    return ServedModel(
        model_id="m",
        version=1,
        fitted=fitted,
        rows=RowReader(fitted.plan, kinds),
        names=fitted.plan.names,
        quick=True,
        bytes=0,
    )


def batch(
    served: ServedModel, data: Any, history: list[dict[str, Any]] | None = None
) -> list[float]:
    request = PredictBatchRequest(model_id="m", data=data, history=history)
    return [one.score for one in judge_many(served, request).predictions.verdicts]


def test_training_rows_are_scored_as_they_were_in_training(served: ServedModel) -> None:
    trained = served.fitted.score(arrays(table(training())), {})
    assert batch(served, training(), []) == trained.score.tolist()
    flagged = sum(trained.anomaly)
    assert served.fitted.stats["anomaly_count"] == flagged


@settings(deadline=None, max_examples=40)
@given(cells=st.lists(CELLS, min_size=1, max_size=25), dated=st.booleans(), cut=st.integers(0, 25))
def test_a_row_has_one_score(
    served: ServedModel,
    tmp_path_factory: pytest.TempPathFactory,
    *,
    cells: list[dict[str, Any]],
    dated: bool,
    cut: int,
) -> None:
    rows = rows_of(cells, dated=dated)
    whole = batch(served, rows, [])
    for i, row in enumerate(rows):
        asked = PredictRequest(model_id="m", data=row, history=rows[:i])
        assert judge_one(served, asked).prediction.score == whole[i]
    cut = min(cut, len(rows) - 1)
    assert batch(served, rows[cut:], rows[:cut]) == whole[cut:]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert batch(served, columns, []) == whole

    after_training = batch(served, rows)
    first = PredictRequest(model_id="m", data=rows[0])
    assert judge_one(served, first).prediction.score == after_training[0]
    path = tmp_path_factory.mktemp("rows") / "rows"
    frame = table(rows) if dated else table(rows).drop("when")
    frame.write_parquet(path)
    with pytest.MonkeyPatch.context() as patch:
        # Several parts, so that one goes on behind another.
        patch.setattr(scoring_files, "BATCH_ROWS", 4)
        patch.setattr(scoring_files, "_LEAST_ROWS", 12)
        score_file(served, path, path.with_suffix(".out"))
    assert pl.read_parquet(path.with_suffix(".out"))["score"].to_list() == after_training


def test_undated_rows_behind_a_long_history_are_as_far_behind_it(served: ServedModel) -> None:
    """Of a history only ten rows are looked at, but all of its steps count."""
    rows = rows_of(
        [dict.fromkeys(("hours", "volume", "open", "city"), 1) | {"price": 1.0}] * 30, dated=False
    )
    read = served.rows.history(rows)
    assert len(read["price"]) == len(read["when"]) == 10
    plan = served.fitted.plan
    assert read["when"][-1] == plan.last_us + 30 * plan.step_us
