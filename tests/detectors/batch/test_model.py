"""Models: fitted on columns, kept as plain state, the same afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standout.detectors.batch import registry
from standout.detectors.batch.calibration import Calibration
from standout.detectors.batch.hold_out import hold_out
from standout.detectors.batch.model import Fitted, fit_model
from standout.detectors.thresholds import SHIPPED
from standout.errors import ColumnNotFound, InvalidInput, InvalidParameter, UnknownDetector
from standout.features.columns import Column

HOUR = 3_600_000_000


def table(n: int = 400, seed: int = 0) -> dict[str, Column]:
    random = np.random.default_rng(seed)
    odd = np.arange(n) % 25 == 3
    price = 100 + random.standard_normal(n)
    price[odd] += random.uniform(15, 40, odd.sum())
    return {
        "price": price,
        "volume": 1_000 + 50 * random.standard_normal(n),
        "amount": 1e4 + random.standard_normal(n),
        "is_anomaly": odd.astype(float),
        "date": 1_700_000_000_000_000 + HOUR * np.arange(n),
        "city": np.array(random.choice(["Bern", "Oslo"], n), object),
    }


def fitted(algorithm: str, **more: Any) -> Fitted:
    if registry.describe(algorithm).supervised:
        more.setdefault("label_column", "is_anomaly")
    columns = table()
    asked = {"target": "price", "feature_columns": ["volume", "amount", "city"], **more}
    return fit_model(columns, algorithm=algorithm, contamination=0.1, **asked)


@pytest.mark.parametrize("algorithm", registry.names())
def test_one_row_and_a_batch_are_scored_alike_before_and_after_keeping(algorithm: str) -> None:
    model = fitted(algorithm)
    again = Fitted.from_state(model.to_state())
    columns = {name: column[:40] for name, column in table(seed=1).items()}
    whole = model.score(columns)
    assert again.score(columns).score.tobytes() == whole.score.tobytes()
    assert again.explain(whole.features).tobytes() == model.explain(whole.features).tobytes()
    assert again.stats == model.stats
    for i in (0, 1, 12):
        one = {name: column[i : i + 1] for name, column in columns.items()}
        before = {name: column[:i] for name, column in columns.items()}
        history = None if i == 0 else before
        if i == 1:  # the training rows' end would come before: give the history whole
            tail = {"price": np.append(model.plan.tail, before["price"])}
            history = tail | {"date": HOUR * np.arange(len(tail["price"]))}
        if i != 12 or len(before["price"]) >= 10:
            assert model.score(one, history).score[0] == whole.score[i]


@pytest.mark.parametrize("algorithm", registry.names())
def test_the_seed_decides_all(algorithm: str) -> None:
    a, b = (fitted(algorithm, seed=5).to_state() for _ in range(2))
    assert a.keys() == b.keys()
    for name, part in a.items():
        assert np.array_equal(part, b[name]), name


@pytest.mark.parametrize("algorithm", registry.names())
def test_states_are_plain(algorithm: str) -> None:
    for name, part in fitted(algorithm).to_state().items():
        if isinstance(part, np.ndarray):
            assert part.dtype.kind in "biuf", name
        else:
            assert isinstance(part, (bool, int, float, str)), name


def test_training_stats_tell_what_was_learnt() -> None:
    model = fitted("isolation_forest")
    stats = model.stats
    assert stats["anomaly_count"] == 40
    assert stats["anomaly_rate"] == 0.1
    assert stats["n_samples"] == 400
    assert stats["target_column"] == "price"
    assert stats["date_column"] == "date"
    assert stats["imputed"] == {
        **{f"price_lag_{lag}": lag for lag in (1, 2, 3, 7)},
        **{f"price_{name}": 1 for name in ("rolling_mean", "rolling_std", "zscore")},
    }
    assert "precision" not in stats


def test_labels_that_are_not_learnt_from_measure() -> None:
    stats = fitted("isolation_forest", label_column="is_anomaly").stats
    assert stats["measured_on"] == "all"
    assert stats["measured_anomalies"] == 16
    assert 0.9 < stats["auroc"] <= 1
    assert 0 < stats["precision"] < stats["recall"] <= 1  # contamination is above their share


def test_supervised_models_are_measured_on_rows_they_have_not_seen() -> None:
    stats = fitted("random_forest").stats
    assert stats["measured_on"] == "hold-out"
    assert stats["measured_rows"] == 100
    assert stats["measured_anomalies"] == 4
    assert min(stats["precision"], stats["recall"], stats["f1"], stats["auroc"]) > 0.7
    noise = table() | {"is_anomaly": np.random.default_rng(0).integers(0, 2, 400).astype(float)}
    chance = fit_model(noise, algorithm="random_forest", label_column="is_anomaly").stats
    assert 0.3 < chance["auroc"] < 0.7


def test_few_labels_are_not_spared_for_measuring() -> None:
    columns = table()
    rare = np.zeros(400)
    rare[[28, 78]] = 1
    stats = fit_model(
        columns | {"is_anomaly": rare},
        algorithm="logistic_regression",
        label_column="is_anomaly",
        target="price",
    ).stats
    assert "precision" not in stats
    assert stats["anomaly_count"] >= 1


def test_one_class_leaves_the_anomalies_out() -> None:
    clean = fitted("knn", mode="one_class", label_column="is_anomaly")
    assert clean.stats["n_samples"] == 384
    assert clean.mode == "one_class"
    auto = fitted("auto", mode="one_class", label_column="is_anomaly")
    assert auto.detector.get_params()["rows_are"] == "clean"
    assert fitted("auto").detector.get_params()["rows_are"] == "mixed"
    columns = table(seed=2)
    verdicts = auto.score(columns)
    odd = columns["is_anomaly"] == 1
    assert verdicts.anomaly[odd].all()
    assert verdicts.anomaly[~odd].mean() < 0.35  # a tenth by threshold, and rows after an anomaly


def test_rows_are_put_in_order_of_time() -> None:
    columns = table()
    order = np.random.default_rng(0).permutation(400)
    shuffled = {name: column[order] for name, column in columns.items()}
    a = fit_model(columns, target="price")
    b = fit_model(shuffled, target="price")
    assert a.plan.tail.tobytes() == b.plan.tail.tobytes()
    assert a.score(columns).score.tobytes() == b.score(columns).score.tobytes()


def test_missing_values_are_told() -> None:
    model = fitted("isolation_forest")
    row: dict[str, Column] = {
        "price": np.array([100.0]),
        "volume": np.array([None], object),
        "amount": np.array([1e4]),
        "city": np.array(["Rome"], object),
    }
    verdicts = model.score(row)
    assert verdicts.missing is not None
    assert [n for n, m in zip(model.plan.names, verdicts.missing[0], strict=True) if m] == [
        "volume"
    ]
    assert model.score(row | {"volume": np.array([1e3])}).missing is None


@pytest.mark.parametrize("algorithm", registry.names())
def test_no_rows_are_no_error(algorithm: str) -> None:
    model = fitted(algorithm)
    none = {name: column[:0] for name, column in table().items()}
    found = model.score(none)
    assert len(found.score) == len(found.anomaly) == 0
    assert model.explain(found.features).shape == (0, len(model.plan.names))


def test_progress_goes_up_to_the_end() -> None:
    told: list[tuple[float, str]] = []
    fit_model(table(), target="price", progress=lambda done, stage: told.append((done, stage)))
    shares = [done for done, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert all(stage for _, stage in told)


def test_what_does_not_fit_is_refused() -> None:
    columns = table()
    with pytest.raises(UnknownDetector, match="No algorithm is called 'magic'"):
        fit_model(columns, algorithm="magic")
    for contamination in (0.0, 0.51, float("nan")):
        with pytest.raises(InvalidParameter, match=r"contamination must be 0\.01 to 0\.5"):
            fit_model(columns, contamination=contamination)
    with pytest.raises(InvalidParameter, match="random_forest learns from labels"):
        fit_model(columns, algorithm="random_forest")
    with pytest.raises(InvalidParameter, match="random_forest is supervised; it has no mode 'one_"):
        fit_model(columns, algorithm="random_forest", mode="one_class")
    with pytest.raises(InvalidParameter, match="mode must be one of unsupervised, one_class"):
        fit_model(columns, mode="sideways")
    with pytest.raises(InvalidParameter, match="no parameter 'depth'"):
        fit_model(columns, params={"depth": 3})
    with pytest.raises(ColumnNotFound, match="Target column not found: 'prize'"):
        fit_model(columns, target="prize")
    with pytest.raises(ColumnNotFound, match="Label column not found: 'label'"):
        fit_model(columns, label_column="label")
    with pytest.raises(InvalidInput, match="has no row"):
        fit_model({name: column[:0] for name, column in columns.items()})


@pytest.mark.parametrize("labels", [np.zeros(400), np.ones(400)])
def test_labels_of_one_kind_teach_nothing(labels: Column) -> None:
    with pytest.raises(InvalidInput, match="learns from both kinds"):
        fit_model(
            table() | {"is_anomaly": labels},
            algorithm="logistic_regression",
            label_column="is_anomaly",
        )


def test_labels_are_zero_and_one_or_words() -> None:
    words = np.where(table()["is_anomaly"] == 1, "Anomaly", "normal").astype(object)
    stats = fit_model(table() | {"is_anomaly": words}, label_column="is_anomaly").stats
    assert stats["measured_anomalies"] == 16
    for cell, told in ((2.0, "2.0"), (np.nan, "nan")):
        wrong = table()["is_anomaly"].copy()
        wrong[7] = cell
        with pytest.raises(InvalidInput, match=f"Row 7: .*holds 0 and 1, got '{told}'"):
            fit_model(table() | {"is_anomaly": wrong}, label_column="is_anomaly")
    words[5] = None
    with pytest.raises(InvalidInput, match=r"Row 5: .*got 'None'"):
        fit_model(table() | {"is_anomaly": words}, label_column="is_anomaly")


def test_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="A model of format 1 was wanted, got 2"):
        Fitted.from_state(fitted("hbos").to_state() | {"format": 2})


RAW = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=60)


@settings(deadline=None, max_examples=200)
@given(training=RAW, new=RAW, contamination=st.floats(0.01, 0.5))
def test_calibration_rises_and_keeps_the_threshold(
    training: list[float], new: list[float], contamination: float
) -> None:
    calibration = Calibration.learn(np.array(training), contamination)
    raw = np.sort(np.array([*training, *new, -1e300, 1e300]))
    score = calibration(raw)
    assert ((score >= 0) & (score <= 1)).all()
    assert (np.diff(score) >= 0).all()
    assert ((raw >= calibration.threshold) == (score >= SHIPPED)).all()
    flagged = (calibration(np.array(training)) >= SHIPPED).sum()
    assert flagged <= np.ceil(contamination * (len(training) - 1))
    if len(set(training)) == len(training):
        assert flagged == np.ceil(contamination * (len(training) - 1))
    assert calibration(np.array([max(training) + 1e4]))[0] >= SHIPPED
    kept = Calibration.from_state(calibration.to_state())
    assert kept(raw).tobytes() == score.tobytes()


def test_equal_training_scores_flag_nothing_and_any_other_row() -> None:
    calibration = Calibration.learn(np.zeros(50), 0.1)
    assert not (calibration(np.zeros(50)) >= SHIPPED).any()
    assert calibration(np.array([1e-6]))[0] >= SHIPPED


def test_hold_out_keeps_the_shares() -> None:
    labels = np.arange(200) % 10 == 0
    kept = hold_out(labels, 0)
    assert kept is not None
    assert (kept.sum(), (kept & labels).sum()) == (50, 5)
    assert hold_out(np.arange(200) < 3, 0) is None
