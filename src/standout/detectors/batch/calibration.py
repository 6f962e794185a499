"""From raw scores to [0, 1], with the threshold that the contamination asks for at 0.6."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from standout.detectors.thresholds import SHIPPED
from standout.kernels.score_maps import rise
from standout.types import Scores, Values

QUANTILES = 201
"""Knots that are kept of the training scores: a quantile each half per cent."""

_BEST_SEEN = 0.95
"""What the highest training score becomes; only a row beyond it comes nearer to 1."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A rising map of raw scores to [0, 1].

    Below the threshold the score is 0.6 times the share of the unflagged training rows that lie
    below; above it rises evenly over the flagged ones to 0.95, and beyond all of them it nears 1.

    Parameters
    ----------
    raw, score
        Knots of a piecewise linear map, both ascending; shape ``(k,)``.
    threshold
        The raw score that becomes 0.6.
    scale
        Raw distance beyond the last knot at which half of the way to 1 is gone.
    """

    raw: Values
    score: Values
    threshold: float
    scale: float

    @classmethod
    def learn(cls, training: Scores, contamination: float) -> Self:
        """Learn from the training rows' raw scores, shape ``(n,)``.

        The threshold lies midway between the lowest flagged and the highest unflagged row. Rows
        that tie are flagged together or not at all, so that fewer may be flagged than asked for;
        where none can be, the threshold lies just above all of them.
        """
        return cls.learn_count(training, math.ceil(contamination * (len(training) - 1)))

    @classmethod
    def learn_count(cls, training: Scores, flagged: int) -> Self:
        """Learn as `learn`, with a number of rows to flag instead of a share."""
        return cls.around(training, _threshold(np.sort(training), flagged))

    @classmethod
    def around(cls, training: Scores, threshold: float) -> Self:
        """Learn from raw scores, with a threshold that was chosen otherwise."""
        ordered = np.sort(training)
        below = ordered[ordered < threshold]
        above = ordered[ordered >= threshold]
        parts = [(_quantiles(below), 0.0, SHIPPED)] if len(below) else []
        parts.append((np.array([threshold]), SHIPPED, SHIPPED))
        if len(above):
            parts.append((_quantiles(above), SHIPPED, _BEST_SEEN))
        raw = np.concatenate([knots for knots, _, _ in parts])
        score = np.concatenate([np.linspace(low, high, len(at)) for at, low, high in parts])
        raw, score = _rising(raw, score, threshold)
        span = float(raw[-1] - raw[0])
        return cls(raw, score, float(threshold), span if span > 0 else 1.0)

    def __call__(self, raw: Scores) -> Scores:
        """Map raw scores, shape ``(n,)``; nan stays nan."""
        score = np.empty(len(raw))
        rise(raw, self.raw, self.score, self.scale, self.threshold, SHIPPED, _JUST_BELOW, score)
        return score

    def to_state(self) -> dict[str, Any]:
        """Return the knots and numbers by name."""
        return {
            "raw": self.raw,
            "score": self.score,
            "threshold": self.threshold,
            "scale": self.scale,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make a calibration from what `to_state` gave."""
        return cls(
            np.asarray(state["raw"], np.float64),
            np.asarray(state["score"], np.float64),
            float(state["threshold"]),
            float(state["scale"]),
        )


_MARGIN = 1e-9
"""Above the highest training score by so much: relative, and far above rounding."""

_JUST_BELOW = float(np.nextafter(SHIPPED, 0.0))


def _threshold(ordered: Scores, flagged: int) -> float:
    """Return the threshold over which `flagged` of the ascending scores lie, or fewer by ties."""
    unflagged = len(ordered) - flagged
    if flagged and ordered[max(unflagged - 1, 0)] == ordered[unflagged]:
        unflagged = int(np.searchsorted(ordered, ordered[unflagged], side="right"))
    if unflagged == len(ordered):
        return float(ordered[-1]) + _MARGIN * max(abs(float(ordered[-1])), _MARGIN)
    before, after = float(ordered[unflagged - 1]), float(ordered[unflagged])
    middle = before / 2 + after / 2
    return middle if before < middle <= after else after


def _quantiles(ordered: Scores) -> Values:
    if len(ordered) <= QUANTILES:
        return ordered
    return np.quantile(ordered, np.linspace(0, 1, QUANTILES))


def _rising(raw: Values, score: Values, threshold: float) -> tuple[Values, Values]:
    """Keep one knot at each raw score: the mean below the threshold, so that it is one value."""
    knots, place = np.unique(raw, return_inverse=True)
    mean = np.bincount(place, score) / np.bincount(place)
    mean[knots == threshold] = SHIPPED
    return knots, np.maximum.accumulate(mean)
