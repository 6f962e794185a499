"""The score of the Numenta Anomaly Benchmark (NAB), over a corpus of streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from standout.evaluation.ranking import silent_as_zero
from standout.evaluation.segments import Segments
from standout.kernels.nab_sweep import sweep
from standout.types import Counts, Scores, Values

PROBATION_SHARE = 0.15
PROBATION_ROWS = 750
FAR_BEHIND = 3.0
"""Window lengths behind a window from which on a false detection costs its whole weight."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a false detection and a missed window cost, where a window found in time earns 1."""

    name: str
    fp_weight: float
    fn_weight: float


PROFILES = (
    Profile("standard", 0.11, 1.0),
    Profile("reward_low_FP", 0.22, 1.0),
    Profile("reward_low_FN", 0.11, 2.0),
)


@dataclass(frozen=True, slots=True)
class NabStream:
    """Scores of a stream and the windows in which something was wrong.

    Parameters
    ----------
    scores
        Shape ``(n,)``; nan counts as 0.
    windows
        In order and apart from each other; shape ``(k, 2)``.
    """

    scores: Scores
    windows: Segments


@dataclass(frozen=True, slots=True)
class NabScore:
    """A final score: 0 is to flag nothing, 100 to flag the first row of each window only.

    Parameters
    ----------
    score
        At most 100; below 0 where false detections cost more than windows earn.
    threshold
        Scores from here on are detections; infinity where it is best to flag nothing.
    """

    score: float
    threshold: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of all streams that count, those with the highest score first."""

    scores: Scores
    worth: Values
    window: Counts
    windows: int

    def best(self, profile: Profile) -> NabScore:
        result = np.empty(2)
        weights = (profile.fp_weight, profile.fn_weight)
        sweep(self.scores, self.worth, self.window, self.windows, *weights, result)
        return NabScore(self.final(float(result[0]), profile), float(result[1]))

    def at(self, threshold: float, profile: Profile) -> NabScore:
        return NabScore(self.final(self.earned(threshold, profile)[0], profile), threshold)

    def earned(self, threshold: float, profile: Profile) -> tuple[float, int, int]:
        """Return what is earned before the norming, windows found, and rows flagged outside."""
        flagged = self.scores >= threshold
        inside = self.window >= 0
        earned = np.full(self.windows, -profile.fn_weight)
        hits = flagged & inside
        np.maximum.at(earned, self.window[hits], self.worth[hits])
        cost = profile.fp_weight * self.worth[flagged & ~inside].sum()
        found = len(np.unique(self.window[hits]))
        return float(earned.sum() + cost), found, int((flagged & ~inside).sum())

    def best_threshold(self, profile: Profile) -> float:
        """Return the threshold of `best`, halfway to the next lower score: it is for other rows."""
        if not self.windows:
            return float("inf")
        threshold = self.best(profile).threshold
        below = self.scores[self.scores < threshold]
        return threshold if not len(below) else (min(threshold, 1.0) + float(below[0])) / 2

    def final(self, raw: float, profile: Profile) -> float:
        """Norm what was earned: 0 for silence, 100 at most."""
        nothing = -profile.fn_weight * self.windows
        return 100.0 * (raw - nothing) / (self.windows - nothing)


def nab_scores(streams: Sequence[NabStream], threshold: float | None = None) -> dict[str, NabScore]:
    """Return the final score for each of the three profiles.

    Parameters
    ----------
    streams
        The whole corpus; at least one window in all.
    threshold
        The one threshold of all streams; None takes, as NAB does, the one with the best score,
        for each profile its own. That is to look at the labels.

    Notes
    -----
    The first 15 % of a stream's rows, 750 at most, do not count. Within a window the best
    detection counts, the earlier the better; a false detection costs less just behind a window.
    One sort, then one pass: a second for a million rows.

    References
    ----------
    .. [1] A. Lavin, S. Ahmad, "Evaluating Real-time Anomaly Detection Algorithms", 2015.
    """
    rows = _counted(streams)
    if threshold is None:
        return {profile.name: rows.best(profile) for profile in PROFILES}
    return {profile.name: rows.at(threshold, profile) for profile in PROFILES}


@dataclass(frozen=True, slots=True)
class NabCategory:
    """What is found in one category of streams, at one threshold.

    Parameters
    ----------
    share
        Score under the standard profile if the category were the whole corpus; nan without windows.
    windows, found
        How many there are, and in how many a row was flagged.
    false_rows
        Rows flagged outside windows.
    """

    name: str
    share: float
    windows: int
    found: int
    false_rows: int


def nab_categories(
    streams: Sequence[NabStream], categories: Sequence[str], threshold: float
) -> list[NabCategory]:
    """Return what is found in each category under the standard profile, by name."""
    standard = PROFILES[0]
    result = []
    for name in sorted(set(categories)):
        rows = _counted([s for s, own in zip(streams, categories, strict=True) if own == name])
        raw, found, false_rows = rows.earned(threshold, standard)
        share = rows.final(raw, standard) if rows.windows else float("nan")
        result.append(NabCategory(name, share, rows.windows, found, false_rows))
    return result


def nab_left_out(streams: Sequence[NabStream], categories: Sequence[str]) -> float:
    """Return the standard score where each category gets the threshold that suits the others best.

    Unlike NAB's own score, no row is judged by a threshold that was chosen on its labels.
    """
    standard = PROFILES[0]
    pairs = list(zip(streams, categories, strict=True))
    gained, most = 0.0, 0.0
    for name in sorted(set(categories)):
        others = _counted([stream for stream, own in pairs if own != name])
        rows = _counted([stream for stream, own in pairs if own == name])
        nothing = -standard.fn_weight * rows.windows
        gained += rows.earned(others.best_threshold(standard), standard)[0] - nothing
        most += rows.windows - nothing
    return 100.0 * gained / most


def probation(n: int) -> int:
    """Return how many of the first rows of a stream do not count."""
    return min(int(PROBATION_SHARE * n), PROBATION_ROWS)


def _counted(streams: Sequence[NabStream]) -> _Rows:
    parts = []
    windows = 0
    for stream in streams:
        start = probation(len(stream.scores))
        worth, window = _worth(len(stream.scores), stream.windows)
        window[window >= 0] += windows
        windows += len(stream.windows)
        parts.append((silent_as_zero(stream.scores)[start:], worth[start:], window[start:]))
    scores, worth, window = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(-scores, kind="stable")
    return _Rows(scores[order], worth[order], window[order], windows)


def _worth(n: int, windows: Segments) -> tuple[Values, Counts]:
    """Return what a detection in each row earns, and the row's window or -1."""
    worth = np.full(n, -1.0)
    window = np.full(n, -1, np.int64)
    following = [*windows[1:, 0].tolist(), n][: len(windows)]
    for k, ((start, end), until) in enumerate(zip(windows.tolist(), following, strict=True)):
        inside = np.arange(start, end)
        worth[start:end] = _sigmoid((inside - end) / (end - start)) / _sigmoid(np.array(-1.0))
        window[start:end] = k
        behind = np.arange(end, until) - (end - 1)
        length = end - start - 1
        near = behind < FAR_BEHIND * length
        worth[end:until] = np.where(near, _sigmoid(np.where(near, behind, 0) / max(length, 1)), -1)
    return worth, window


def _sigmoid(position: Values) -> Values:
    return 2.0 / (1.0 + np.exp(5.0 * position)) - 1.0
