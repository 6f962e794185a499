"""What all batch detectors share: parameters, the shape that was learnt, missing values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np

from standout.detectors.batch import parameters
from standout.detectors.batch.base import Algorithm, Estimate
from standout.errors import InvalidInput
from standout.features.missing import Filler
from standout.kernels.score_maps import share_out
from standout.types import Batch, Mask, Scores

PIECE = 16_384
"""Rows that are scored at a time: what a detector needs besides is bounded by it."""

MOST_FEATURES = 65_535
"""What the nodes of trees can name."""

_LOOKED_AT = 2_000
"""Rows, evenly spaced, that decide what stands in for a missing value."""


@dataclass(kw_only=True)
class RowDetector(ABC):
    """A detector over the rows of a table.

    Subclasses declare parameters as fields and fill the four abstract methods; rows reach them
    without missing or infinite values.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    contribution_kind: ClassVar[str]
    supervised: ClassVar[bool] = False
    one_class: ClassVar[bool] = True
    lean: ClassVar[bool] = False
    """Whether scoring needs no memory that grows with the rows, so that it takes all at once."""
    words: ClassVar[dict[str, str]]
    """Title, summary, good_at, bad_at, cost."""

    seed: int = parameters.seed()
    _filler: Filler | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parameters.check(self)

    @classmethod
    def describe(cls) -> Algorithm:
        """Tell what it is good and bad at, and what it takes."""
        return Algorithm(
            name=cls.name,
            supervised=cls.supervised,
            one_class=cls.one_class,
            params=parameters.schema(cls),
            **cls.words,
        )

    def fit(self, X: Batch, y: Mask | None = None) -> Self:
        """Learn rows, shape ``(n, d)``.

        Raises
        ------
        InvalidInput
            No row or no feature is left, features are too many, or labels of both kinds are
            needed and missing.
        """
        X = _as_batch(X)
        if not X.size:
            raise InvalidInput(
                f"A table of {len(X)} rows and {X.shape[1]} features teaches nothing."
            )
        if X.shape[1] > MOST_FEATURES:
            msg = f"At most {MOST_FEATURES:,} features are learnt, got {X.shape[1]:,}."
            raise InvalidInput(msg)
        if y is not None and len(y) != len(X):
            raise InvalidInput(f"There are {len(X):,} rows and {len(y):,} labels.")
        if self.supervised:
            y = _of_both_kinds(self.name, y)
        self._filler = Filler.learn(X[:: len(X) // _LOOKED_AT + 1])
        self._learn(self._filler.fill(X), y)
        return self

    def score_many(self, X: Batch) -> Scores:
        """Score rows, shape ``(n, d)``; higher is more anomalous."""
        X = self.filled(X)
        if len(X) <= PIECE or self.lean:
            return self._score(X)
        pieces = range(0, len(X), PIECE)
        return np.concatenate([self._score(X[start : start + PIECE]) for start in pieces])

    def score_training(self, X: Batch) -> Scores:
        """Score the rows that were fitted on, each as if it had not been among them."""
        return self._score_training(self.filled(X))

    def contributions(self, X: Batch) -> Batch:
        """Return the share of each feature in each row's score, shape ``(n, d)``."""
        X = self.filled(X)
        if len(X) <= PIECE:
            return as_shares(self._parts(X))
        pieces = range(0, len(X), PIECE)
        return as_shares(np.concatenate([self._parts(X[at : at + PIECE]) for at in pieces]))

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return parameters.values(self)

    def get_state(self) -> dict[str, Any]:
        """Return what was learnt: arrays and JSON scalars."""
        return {"version": self.version, **self.filler.to_state(), **self._state()}

    @classmethod
    def from_state(cls, params: Mapping[str, Any], state: Mapping[str, Any]) -> Self:
        """Make a detector that scores as the one whose state this is.

        Raises
        ------
        ValueError
            The state is another version's, or not of this detector.
        """
        if state.get("version") != cls.version:
            msg = f"A state of {cls.name} {cls.version} was wanted, got {state.get('version')!r}."
            raise ValueError(msg)
        detector = cls(**params)
        detector._filler = Filler.from_state(state)
        detector._load(state)
        return detector

    @property
    def filler(self) -> Filler:
        """What stands in for missing values; there is none before the fit."""
        if self._filler is None:
            msg = f"{self.name} has not been fitted."
            raise ValueError(msg)
        return self._filler

    def filled(self, X: Batch) -> Batch:
        """Check the shape of rows, and fill what is missing."""
        X = _as_batch(X)
        filler = self.filler
        if X.shape[1] != len(filler.median):
            msg = f"Rows of {len(filler.median)} features were wanted, got {X.shape[1]}."
            raise InvalidInput(msg)
        return filler.fill(X)

    @classmethod
    @abstractmethod
    def estimate(cls, n: int, d: int, params: Mapping[str, Any]) -> Estimate:
        """Tell what a fit on `n` rows of `d` features takes."""

    @abstractmethod
    def _learn(self, X: Batch, y: Mask | None) -> None: ...

    @abstractmethod
    def _score(self, X: Batch) -> Scores: ...

    def _score_training(self, X: Batch) -> Scores:
        return self.score_many(X)

    @abstractmethod
    def _parts(self, X: Batch) -> Batch:
        """Return what each feature adds to the score; negative parts count as none."""

    @abstractmethod
    def _state(self) -> dict[str, Any]: ...

    @abstractmethod
    def _load(self, state: Mapping[str, Any]) -> None: ...


def as_shares(parts: Batch) -> Batch:
    """Turn parts into shares: negative ones are 0, a row sums to 1, or to 0 if nothing is left."""
    shares = parts.copy()
    share_out(shares)
    return shares


def _of_both_kinds(name: str, y: Mask | None) -> Mask:
    if y is None:
        raise InvalidInput(f"{name} learns from labels, and none were given.")
    y = np.asarray(y, np.bool_)
    if y.all() or not y.any():
        msg = f"The labels are all {int(y.all())}: {name} learns from both kinds."
        raise InvalidInput(msg)
    return y


def _as_batch(X: Batch) -> Batch:
    X = np.ascontiguousarray(X, np.float64)
    if X.ndim != 2:  # noqa: PLR2004 - rows and features
        msg = f"Rows have the shape (n, d), got {X.shape}."
        raise InvalidInput(msg)
    return X
