"""Make a model from the columns of a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from standout.detectors.batch import registry
from standout.detectors.batch.base import BatchDetector
from standout.detectors.batch.calibration import Calibration
from standout.detectors.batch.fitted import Fitted
from standout.detectors.batch.hold_out import HoldOut, hold_out
from standout.detectors.batch.labels import as_labels
from standout.detectors.batch.measures import measures
from standout.errors import InvalidInput, InvalidParameter
from standout.features.columns import Column, as_times, require, rows_of
from standout.features.missing import Filler
from standout.features.table import FeaturePlan
from standout.kernels.sequences import MISSING_TIME, go_on
from standout.types import Batch, Counts, Mask, Scores

UNSUPERVISED, ONE_CLASS, SUPERVISED = "unsupervised", "one_class", "supervised"
MODES = (UNSUPERVISED, ONE_CLASS, SUPERVISED)

LOWEST_CONTAMINATION, HIGHEST_CONTAMINATION = 0.01, 0.5

Progress: TypeAlias = Callable[[float, str], None]
"""Called with the share that is done, in [0, 1], and what comes next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    algorithm: str
    mode: str
    contamination: float
    params: dict[str, Any]
    seed: int

    def detector(self) -> BatchDetector:
        return registry.make(self.algorithm, self.params, self.seed)


def fit_model(
    columns: Mapping[str, Column],
    *,
    algorithm: str = registry.DEFAULT,
    contamination: float = 0.1,
    target: str | None = None,
    feature_columns: Sequence[str] | None = None,
    label_column: str | None = None,
    date_column: str | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
    mode: str | None = None,
    progress: Progress = lambda done, stage: None,  # noqa: ARG005 - nobody listens
) -> Fitted:
    """Fit a model on a table.

    Parameters
    ----------
    columns
        Name to column: float64, int64 microseconds for times, texts or objects; all of one length.
    algorithm, params, seed
        What learns; see `registry`.
    contamination
        Share of anomalous rows that is expected, 0.01 to 0.5: the threshold lies so that as many
        training rows are at or above it. With labels their own share takes its place where a
        supervised algorithm learns from them.
    target, feature_columns, date_column
        What is looked at; see `FeaturePlan.learn`. Where there are dates, rows are first sorted by
        them, stably.
    label_column
        0 and 1 a row. Supervised algorithms learn from it, one-class ones leave out its 1s, and
        for the others it only measures.
    mode
        "unsupervised", "one_class" or "supervised"; what the algorithm is made for where None.
    progress
        Told how far it is.

    Raises
    ------
    UnknownDetector, InvalidParameter
        The algorithm, its parameters, or the mode, do not fit.
    ColumnNotFound
        A column is not there.
    InvalidInput
        The table, or its labels, cannot be learnt from.

    Examples
    --------
    >>> price = np.sin(np.arange(200.0))
    >>> price[150] = 9
    >>> model = fit_model({"price": price}, target="price", contamination=0.05)
    >>> verdicts = model.score({"price": np.array([0.3, 12.0])})
    >>> verdicts.anomaly
    array([False,  True])
    >>> shares = model.explain(verdicts.features)[1]
    >>> model.contribution_kind, model.plan.names[shares.argmax()]
    ('path share', 'price')
    """
    task = _task(
        algorithm=algorithm,
        mode=mode,
        contamination=contamination,
        params=params or {},
        seed=seed,
        label_column=label_column,
    )
    progress(0.0, "features")
    if label_column is not None:
        require([label_column], columns, "Label column")
    plan, ordered = _learn_plan(
        columns,
        task,
        target=target,
        feature_columns=feature_columns,
        date_column=date_column,
        label_column=label_column,
    )
    labels = None if label_column is None else as_labels(label_column, ordered[label_column])
    X = plan.transform(ordered, history={})
    if task.mode == ONE_CLASS and labels is not None:
        X, labels = X[~labels], None
    if not len(X):
        raise InvalidInput("No row is left to learn from.")
    filler = Filler.learn(X)
    filled = filler.fill(X)
    rows, width = filled.shape
    refusal = registry.estimate(algorithm, rows, width, task.params).refusal
    if refusal is not None:
        raise InvalidInput(refusal)
    progress(0.1, "fit")
    fitted = _supervised if task.mode == SUPERVISED else _by_contamination
    detector, calibration, measured = fitted(task, filled, labels, progress)
    progress(0.9, "scores")
    model = Fitted(
        algorithm=algorithm,
        mode=task.mode,
        contamination=contamination,
        detector=detector,
        plan=plan,
        filler=filler,
        calibration=calibration,
        stats={},
    )
    stats = _stats(model, X, filled, measured)
    progress(1.0, "done")
    return replace(model, stats=stats)


def _task(
    *,
    algorithm: str,
    mode: str | None,
    contamination: float,
    params: Mapping[str, Any],
    seed: int,
    label_column: str | None,
) -> _Task:
    told = registry.describe(algorithm)
    numeric = isinstance(contamination, (int, float))
    if not (numeric and LOWEST_CONTAMINATION <= contamination <= HIGHEST_CONTAMINATION):
        raise InvalidParameter(f"contamination must be 0.01 to 0.5, got {contamination!r}.")
    natural = SUPERVISED if told.supervised else UNSUPERVISED
    chosen = mode or natural
    if chosen not in MODES:
        raise InvalidParameter(f"mode must be one of {', '.join(MODES)}, got {mode!r}.")
    if (chosen == SUPERVISED) != told.supervised or (chosen == ONE_CLASS and not told.one_class):
        raise InvalidParameter(f"{algorithm} is {natural}; it has no mode {chosen!r}.")
    if told.supervised and label_column is None:
        msg = f"{algorithm} learns from labels: name the column that holds them as label_column."
        raise InvalidParameter(msg)
    registry.make(algorithm, params, seed)
    return _Task(
        algorithm=algorithm,
        mode=chosen,
        contamination=float(contamination),
        params=registry.for_mode(algorithm, params, chosen),
        seed=seed,
    )


def _learn_plan(
    columns: Mapping[str, Column],
    task: _Task,
    *,
    target: str | None,
    feature_columns: Sequence[str] | None,
    date_column: str | None,
    label_column: str | None,
) -> tuple[FeaturePlan, Mapping[str, Column]]:
    """Learn the plan from the rows in order of time, and return them so."""
    if not rows_of(columns):
        raise InvalidInput("The table has no row.")

    def learn(table: Mapping[str, Column]) -> FeaturePlan:
        return FeaturePlan.learn(
            table,
            target,
            feature_columns,
            date_column,
            leave_out=() if label_column is None else (label_column,),
            texts_by="rank" if task.mode == SUPERVISED else "frequency",
        )

    plan = learn(columns)
    order = None if plan.date is None else _by_time(plan, columns[plan.date])
    if order is None:
        return plan, columns
    ordered = {name: column[order] for name, column in columns.items()}
    return learn(ordered), ordered


def _by_time(plan: FeaturePlan, column: Column) -> Counts | None:
    """Return the order of rows by time, or None where they are in it; one without stays put."""
    times = as_times(plan.date or "", column).copy()
    known = times[times != MISSING_TIME]
    go_on(times, int(known[0]) if len(known) else 0, 0)
    return None if (np.diff(times) >= 0).all() else np.argsort(times, kind="stable")


def _by_contamination(
    task: _Task, X: Batch, labels: Mask | None, progress: Progress
) -> tuple[BatchDetector, Calibration, HoldOut | None]:
    detector = task.detector().fit(X)
    progress(0.6, "threshold")
    training = detector.score_training(X)
    calibration = Calibration.learn(training, task.contamination)
    if labels is None:
        return detector, calibration, None
    return detector, calibration, HoldOut.measure(labels, training, calibration.threshold, "all")


def _supervised(
    task: _Task, X: Batch, labels: Mask | None, progress: Progress
) -> tuple[BatchDetector, Calibration, HoldOut | None]:
    """Fit twice: on three quarters to see what it is worth on the rest, then on all."""
    assert labels is not None  # asked for by `_task`
    kept = hold_out(labels, task.seed)
    measured = None
    if kept is not None:
        trial = task.detector().fit(X[~kept], labels[~kept])
        scores = trial.score_many(X[kept])
        threshold = _even(labels[kept], scores)
        measured = HoldOut.measure(labels[kept], scores, threshold, "hold-out")
    progress(0.5, "fit")
    detector = task.detector().fit(X, labels)
    training: Scores = detector.score_training(X)
    found = measured.threshold if measured else _even(labels, training)
    return detector, Calibration.around(training, found), measured


def _even(labels: Mask, scores: Scores) -> float:
    """Return the threshold that flags as many rows as are anomalous: false and missed alike."""
    return Calibration.learn_count(scores, int(labels.sum())).threshold


def _stats(model: Fitted, X: Batch, filled: Batch, measured: HoldOut | None) -> dict[str, Any]:
    raw = model.detector.score_training(filled)
    scores = model.calibration(raw)
    flagged = int((scores >= 0.6).sum())  # noqa: PLR2004
    imputed = np.isnan(X).sum(axis=0)
    names = model.plan.names
    return {
        "algorithm": model.algorithm,
        "mode": model.mode,
        "contamination": model.contamination,
        "target_column": model.plan.target,
        "date_column": model.plan.date,
        "feature_columns": list(model.plan.wanted),
        "features": list(names),
        "n_samples": len(X),
        "n_features": len(names),
        "anomaly_count": flagged,
        "anomaly_rate": flagged / len(X),
        "threshold": model.calibration.threshold,
        "imputed": {name: int(n) for name, n in zip(names, imputed, strict=True) if n},
        **({} if measured is None else measured.told()),
        "measures": measures(model, filled, raw, measured),
    }
