"""`auto`: an ensemble over a whole series, of one channel or of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from standout.detectors.series import parameters
from standout.detectors.series.base import SeriesAlgorithm, SeriesVerdicts
from standout.detectors.series.channels import JointMembers
from standout.detectors.series.judging import Opinion, each_channel, judge, varying
from standout.detectors.series.limits import ENSEMBLE, standard_score
from standout.detectors.series.lone import lone_values
from standout.detectors.series.members import members
from standout.detectors.series.preparation import Channel
from standout.detectors.series.short import SHORT, short_scores
from standout.types import Batch, Scores, Values

JOINTLY = 3
"""Channels from which on they are looked at together."""


@dataclass(frozen=True, kw_only=True)
class AutoDetector:
    """Average of many simple detectors, each by its own standard.

    Nearly all rest on one idea: how far is a window, less its mean, from the nearest of a random
    bank of windows of the same series? They ask it at several widths, of the windows themselves
    and of random convolutions of them; two more predict a value from the last 32 and from the
    same time of other periods. Nothing is chosen for a series: an average was better than every
    rule of choice that was tried.

    Finds changes of shape, of level and of rhythm as well as single values, on series that
    repeat, and a few values far from all others on any (see `lone.lone_values`). Finds little else
    in noise without structure and in chaotic series whose normal stretches never repeat, and
    misses a shape that is there several times, since each is the nearest neighbour of the other.

    Parameters
    ----------
    thorough
        Two more members, and larger banks on long series, in up to 2.3 times the time: better on
        some series and worse on others, about the same on the whole. For three channels or more
        it changes nothing.
    drop_indicators
        Whether channels that are only 0 and 1 are left out where there are others: commands and
        states are no measurements, and their every change looks rare. The answer names them.
    seed
        Decides banks and kernels.

    Raises
    ------
    ValueError
        A parameter is of another type, or out of its range.

    Notes
    -----
    Scores are in [0, 1) and rank as the average does, but for lone values, which are at 0.6 at the
    least; 0.6 is `limits.limit` standard deviations of the average. Whole series: a row is judged
    with later ones at hand, so it is not for a stream.

    A missing value is interpolated for the computation and has no score. A series without change
    scores 0. Under 64 rows there is no room for windows, and values are compared with the median
    and with their neighbours; under 12 there is no opinion.

    One channel costs about 0.36 s for 10,000 rows and is linear in them; 20 channels together cost
    1.2 s. Windows are compared in blocks, so that besides some 20 MB about 150 bytes a row are
    held: 150 MB for a million. It all stays in memory; nothing is put on disk.

    References
    ----------
    .. [1] C. C. Aggarwal, S. Sathe, "Theoretical Foundations and Algorithms for Outlier
       Ensembles", SIGKDD Explorations 17, 2015.
    .. [2] C.-C. M. Yeh et al., "Matrix Profile I: All Pairs Similarity Joins for Time Series",
       ICDM 2016.
    """

    name: ClassVar[str] = "auto"
    version: ClassVar[int] = 2

    thorough: bool = parameters.switch(
        default=False, description="Two more members and larger banks, in up to 2.3 times the time."
    )
    drop_indicators: bool = parameters.switch(
        default=True, description="Leave out channels that are only 0 and 1, where others are."
    )
    seed: int = parameters.seed()

    def __post_init__(self) -> None:
        parameters.check(self)

    @classmethod
    def describe(cls) -> SeriesAlgorithm:
        """Tell what it is good and bad at, and what it takes."""
        return SeriesAlgorithm(
            name=cls.name,
            title="Ensemble over the whole series",
            summary="Averages distances of windows to a random bank of windows of the same "
            "series, at several widths, with two simple predictions.",
            good_at="Changes of shape, level and rhythm, and single values, in series that repeat.",
            bad_at="Noise without structure, chaotic series, and a shape that comes several "
            "times. It sees later rows, so it is not for a stream.",
            cost="About 0.36 s for 10,000 rows, linear; about 150 bytes a row.",
            params=parameters.schema(cls),
        )

    def get_params(self) -> dict[str, Any]:
        """Return what the constructor takes."""
        return parameters.values(self)

    def judge(self, X: Batch) -> SeriesVerdicts:
        """Judge rows in order of time, shape ``(n, d)``; nan is a missing value."""
        return judge(X, self._keep, self._opine_and_see)

    def score_many(self, X: Batch) -> Scores:
        """Return the scores of `judge` alone."""
        return self.judge(X).score

    def _keep(self, channels: Sequence[Channel]) -> list[int]:
        some = varying(channels)
        if not self.drop_indicators:
            return some
        return [c for c in some if not channels[c].indicator] or some

    def _opine_and_see(self, Z: Batch) -> Opinion:
        """Opine, and see lone values: a joint one is so in a channel of its own."""
        lone = np.max([lone_values(np.ascontiguousarray(z)) for z in Z.T], axis=0)
        return replace(self._opine(Z), lone=lone)

    def _opine(self, Z: Batch) -> Opinion:
        n, k = Z.shape
        if n < SHORT:
            return each_channel(Z, short_scores, ENSEMBLE)
        if k < JOINTLY:
            return each_channel(Z, self._one, ENSEMBLE)
        joint, raw, count = JointMembers(Z, self.seed), np.zeros(n), 0
        for member in joint:
            raw += standard_score(member)
            count += 1
        return Opinion(raw / count, joint.expected, joint.evidence, ENSEMBLE)

    def _one(self, x: Values) -> tuple[Values, Values]:
        raw, expected, count = np.zeros(len(x)), x, 0
        for member in members(x, thorough=self.thorough, seed=self.seed):
            raw += standard_score(member.score)
            count += 1
            expected = expected if member.expected is None else member.expected
        return raw / count, expected
