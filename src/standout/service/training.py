"""What a training is asked to do, checked against its dataset before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from standout.detectors.batch import registry
from standout.detectors.batch.base import Estimate
from standout.detectors.batch.training import HIGHEST_CONTAMINATION, LOWEST_CONTAMINATION, MODES
from standout.domain.datasets import Dataset
from standout.errors import ColumnNotFound, InvalidInput, InvalidParameter

_OF_TARGET: Final = 8
_OF_DATE: Final = 3
_NUMERIC: Final = frozenset({"integer", "number", "boolean"})
_SHOWN: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be trained.

    Parameters
    ----------
    algorithm, params, seed, mode
        What learns, and how; see `standout.detectors.batch.training.fit_model`.
    contamination
        Share of anomalous rows that is expected, 0.01 to 0.5.
    target_column
        Column to detect anomalies in, with its past; None takes each row by itself.
    feature_columns
        Other columns to use; all of numbers where None.
    label_column
        0 and 1 a row.
    date_column
        Column of times; the dataset's own where None.
    """

    algorithm: str = registry.DEFAULT
    contamination: float = 0.1
    target_column: str | None = None
    feature_columns: list[str] | None = None
    label_column: str | None = None
    date_column: str | None = None
    mode: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    def arguments(self, dataset: Dataset) -> dict[str, Any]:
        """Return it as arguments of `fit_model`, for this dataset."""
        told = self.told()
        told["target"] = told.pop("target_column")
        told["date_column"] = self.date_column or dataset.profile["date_column"]
        return told


def check(asked: Asked, dataset: Dataset) -> None:
    """Refuse what cannot be trained, as far as it shows before the rows are read.

    Raises
    ------
    ColumnNotFound
        The dataset has no such column; the message names those it has.
    UnknownDetector, InvalidParameter
        The algorithm, its parameters or the mode.
    InvalidInput
        A column holds text where numbers belong.
    """
    told = registry.describe(asked.algorithm)
    registry.make(asked.algorithm, asked.params, asked.seed)
    if not LOWEST_CONTAMINATION <= asked.contamination <= HIGHEST_CONTAMINATION:
        raise InvalidParameter(f"contamination must be 0.01 to 0.5, got {asked.contamination!r}.")
    if asked.mode is not None and asked.mode not in MODES:
        raise InvalidParameter(f"mode must be one of {', '.join(MODES)}, got {asked.mode!r}.")
    kinds = dataset.kinds
    _named("Target column", [asked.target_column], kinds)
    _named("Feature column", asked.feature_columns or [], kinds)
    _named("Label column", [asked.label_column], kinds)
    _named("Date column", [asked.date_column], kinds)
    if told.supervised and asked.label_column is None:
        msg = f"{asked.algorithm} learns from labels: name the column of 0 and 1 as label_column."
        raise InvalidParameter(msg)
    if asked.label_column is not None and asked.label_column == asked.target_column:
        raise InvalidParameter("label_column and target_column must be two columns.")
    if asked.date_column is not None and kinds[asked.date_column] != "datetime":
        msg = f"Column {asked.date_column!r} holds {kinds[asked.date_column]}, not times."
        raise InvalidInput(msg)


def estimate(asked: Asked, dataset: Dataset) -> Estimate:
    """Tell what a training takes, before it starts; raises as `check`."""
    check(asked, dataset)
    return registry.estimate(asked.algorithm, dataset.rows, _features(asked, dataset), asked.params)


def limited(found: Estimate, max_memory: int) -> Estimate:
    """Return an estimate with the refusal of what would take more memory than it may."""
    if found.refusal is not None or found.bytes <= max_memory:
        return found
    msg = (
        f"It would take about {found.bytes / 1e9:.1f} GB of memory, and may take"
        f" {max_memory / 1e9:.1f} GB; use fewer rows or columns, or another algorithm."
    )
    return replace(found, refusal=msg)


def _features(asked: Asked, dataset: Dataset) -> int:
    kinds = dataset.kinds
    used = {asked.target_column, asked.label_column}
    chosen = asked.feature_columns
    if chosen is None:
        chosen = [name for name, kind in kinds.items() if kind in _NUMERIC]
    count = len([name for name in dict.fromkeys(chosen) if name not in used])
    count += 0 if asked.target_column is None else _OF_TARGET
    return count + (0 if dataset.profile["date_column"] is None else _OF_DATE)


def _named(what: str, names: list[str | None] | list[str], kinds: dict[str, str]) -> None:
    missing = [name for name in names if name is not None and name not in kinds]
    if missing:
        there = ", ".join(map(repr, list(kinds)[:_SHOWN]))
        more = len(kinds) - _SHOWN
        there += f" and {more:,} more" if more > 0 else ""
        plural = "s" if len(missing) > 1 else ""
        told = ", ".join(map(repr, missing[:_SHOWN]))
        raise ColumnNotFound(f"{what}{plural} not found: {told}. There are: {there}.")
