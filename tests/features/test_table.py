"""One code for training, batches and single rows: the same features for the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.errors import ColumnNotFound, InvalidInput
from standout.features.columns import Column
from standout.features.table import LAGS, TAIL, WINDOW, FeaturePlan
from standout.kernels.sequences import MISSING_TIME
from tests.reference import neighbours as twin

HOUR = 3_600_000_000
START = 1_700_000_000_000_000


def table(seed: int, n: int, holes: bool = False) -> dict[str, Column]:
    random = np.random.default_rng(seed)
    price = random.standard_normal(n).cumsum() + 100
    if holes:
        price[random.integers(0, n, n // 5)] = np.nan
    return {
        "price": price,
        "volume": random.integers(0, 9, n).astype(float),
        "when": START + HOUR * np.arange(n),
        "city": np.array(["Bern", "Oslo", None], object)[random.integers(0, 3, n)],
        "note": np.array(["x"] * n, object),
    }


def rows(columns: dict[str, Column], start: int, stop: int | None = None) -> dict[str, Column]:
    return {name: column[start:stop] for name, column in columns.items()}


def same(a: Any, b: Any) -> bool:
    return bool(a.tobytes() == b.tobytes())


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 999),
    n=st.integers(2, 60),
    cut=st.integers(0, 60),
    holes=st.booleans(),
    named=st.booleans(),
)
def test_rows_after_a_history_are_a_slice_of_the_whole(
    seed: int, n: int, cut: int, *, holes: bool, named: bool
) -> None:
    columns = table(seed, n, holes)
    cut = min(cut, n)
    chosen = ["volume", "city"] if named else None
    plan = FeaturePlan.learn(columns, "price", chosen)
    whole = plan.transform(columns, history={})
    history = rows(columns, max(cut - TAIL, 0), cut)
    assert same(plan.transform(rows(columns, cut), history), whole[cut:])
    assert same(plan.transform(rows(columns, 0, cut), {}), whole[:cut])
    for i in range(cut, min(cut + 3, n)):
        one = plan.transform(rows(columns, i, i + 1), rows(columns, 0, i))
        assert same(one, whole[i : i + 1])


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 999), n=st.integers(1, 40), more=st.integers(1, 20))
def test_the_end_of_the_training_rows_is_the_history_where_none_is_given(
    seed: int, n: int, more: int
) -> None:
    columns = table(seed, n + more)
    plan = FeaturePlan.learn(rows(columns, 0, n), "price", ["volume"])
    after = rows(columns, n)
    expected = plan.transform(columns, history={})[n:]
    assert same(plan.transform(after), expected)
    again = FeaturePlan.from_state(plan.to_state())
    assert again == plan or same(again.tail, plan.tail)
    assert same(again.transform(after), expected)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 999), n=st.integers(3, 30), more=st.integers(1, 20))
def test_a_missing_date_is_the_next_step(seed: int, n: int, more: int) -> None:
    columns = table(seed, n + more)
    plan = FeaturePlan.learn(rows(columns, 0, n), "price", ["volume"])
    expected = plan.transform(rows(columns, n))
    without = {name: col for name, col in rows(columns, n).items() if name != "when"}
    assert same(plan.transform(without), expected)
    holes = rows(columns, n) | {"when": columns["when"][n:].copy()}
    holes["when"][::2] = MISSING_TIME
    assert same(plan.transform(holes), expected)
    of_history = {"price": columns["price"][:n], "when": columns["when"][:n]}
    assert same(plan.transform(without, of_history), expected)


def test_order_of_columns_and_what_was_not_used_are_free() -> None:
    columns = table(0, 30)
    plan = FeaturePlan.learn(columns, "price", ["volume", "city"])
    whole = plan.transform(columns, {})
    turned = dict(reversed(columns.items()))
    assert same(plan.transform(turned, {}), whole)
    del turned["note"]
    assert same(plan.transform(turned, {}), whole)


def test_looking_back_equals_the_twin() -> None:
    columns = table(3, 80, holes=True)
    columns["price"][40:60] = 7.0
    plan = FeaturePlan.learn(columns, "price", [])
    X = plan.transform(columns, {})
    price = columns["price"]
    for i in range(80):
        for place, lag in enumerate(LAGS):
            expected = price[i - lag] if i >= lag else np.nan
            assert X[i, 1 + place] == expected or np.isnan([X[i, 1 + place], expected]).all()
        assert np.allclose(X[i, 5:8], twin.look_back(price, i, WINDOW), equal_nan=True, atol=1e-9)


def test_names_tell_what_each_feature_is_made_from() -> None:
    plan = FeaturePlan.learn(table(0, 30), "price", ["volume", "city"])
    assert plan.names == (
        "price",
        "price_lag_1",
        "price_lag_2",
        "price_lag_3",
        "price_lag_7",
        "price_rolling_mean",
        "price_rolling_std",
        "price_zscore",
        "hour",
        "day_of_week",
        "month",
        "volume",
        "city",
    )
    assert dict(plan.sources)["price_lag_7"] == "price"
    assert dict(plan.sources)["hour"] == "when"
    assert plan.wanted == ("price", "volume", "city")


def test_without_names_all_numbers_are_taken_and_texts_are_not() -> None:
    columns = table(0, 30)
    plan = FeaturePlan.learn(columns, leave_out=("volume",))
    assert plan.names == ("hour", "day_of_week", "month", "price")
    assert FeaturePlan.learn({"b": np.array([True, False])}).names == ("b",)
    ints = {"a": np.array([1, 2], np.int32), "mixed": np.array([1, None, 2.5], object)[:2]}
    assert FeaturePlan.learn(ints).names == ("a", "mixed")


def test_calendar_names_give_way_to_columns() -> None:
    columns = table(0, 30) | {"hour": np.arange(30.0)}
    names = FeaturePlan.learn(columns, "price").names
    assert len(set(names)) == len(names)


def test_wrong_columns_are_told_by_name() -> None:
    columns = table(0, 30)
    plan = FeaturePlan.learn(columns, "price", ["volume", "city"])
    with pytest.raises(ColumnNotFound, match=r"Target column not found: 'prise'\. There are: 'pri"):
        FeaturePlan.learn(columns, "prise")
    with pytest.raises(ColumnNotFound, match="Feature columns not found: 'a', 'b'"):
        FeaturePlan.learn(columns, "price", ["a", "volume", "b"])
    with pytest.raises(ColumnNotFound, match="Date column not found: 'day'"):
        FeaturePlan.learn(columns, "price", None, "day")
    with pytest.raises(ColumnNotFound, match="wants 'price', 'volume', 'city'; missing: 'volume'"):
        plan.transform({"price": np.ones(2), "city": np.array(["a", "b"])})
    with pytest.raises(
        ColumnNotFound, match=r"does not know the column 'volum'\. It wants: 'price'"
    ):
        plan.transform(columns | {"volum": np.ones(30)})
    with pytest.raises(ColumnNotFound, match="Target column of the history not found: 'price'"):
        plan.transform(columns, {"volume": np.ones(3)})


def test_wrong_cells_are_told_by_row() -> None:
    columns = table(0, 30)
    plan = FeaturePlan.learn(columns, "price", ["volume"])
    volume = np.array([1.0, None, "many"], object)
    with pytest.raises(InvalidInput, match="Row 2: Column 'volume' holds numbers, got 'many'") as e:
        plan.transform(rows(columns, 0, 3) | {"volume": volume})
    assert e.value.row == 2
    with pytest.raises(InvalidInput, match="'when' must hold times"):
        plan.transform(rows(columns, 0, 3) | {"when": np.array(["a", "b", "c"])})
    with pytest.raises(InvalidInput, match="same number of rows: 'price' has 3, 'volume' has 2"):
        plan.transform({"price": np.ones(3), "volume": np.ones(2)})
    with pytest.raises(InvalidInput, match="The target column 'city' holds no numbers"):
        FeaturePlan.learn(columns, "city")
    with pytest.raises(InvalidInput, match="No numeric column is left"):
        FeaturePlan.learn({"city": columns["city"]})
    with pytest.raises(InvalidInput, match="no column"):
        FeaturePlan.learn({})


def test_numbers_of_other_kinds_are_taken() -> None:
    plan = FeaturePlan.learn({"a": np.arange(9.0), "b": np.arange(9.0)}, "a")
    big = np.array([10**400, -(10**400), 3], object)
    found = plan.transform({"a": big, "b": np.array([1, 2, 3], np.uint8)}, {})
    assert found[:, 0].tolist() == [np.inf, -np.inf, 3.0]
    assert found[:, -1].tolist() == [1.0, 2.0, 3.0]
