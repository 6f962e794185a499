"""Novelty: what a stream has not shown before, ranked among all that was new in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from standout.detectors.online.novelty_bank import NoveltyBank
from standout.detectors.online.novelty_params import VERSION, VOTERS, NoveltyParams
from standout.detectors.online.one_slot import OneSlot


@dataclass(frozen=True, kw_only=True)
class NoveltyDetector(OneSlot, NoveltyParams):
    """Novelty of value, step and shape on one channel, each ranked among the stream's own past.

    A value is new if it lies in a gap of all values so far, inside their range or outside; a shape
    of 32 to 512 rows, if no past one is like it; a continuation, if the most similar past went on
    otherwise. Finds spikes, gaps, new levels, missing or odd beats and days. Blind to what has
    happened before, however bad it was, and to what comes back at the wrong time with a shape that
    is known (a Sunday on a Wednesday). A flat stretch within noise shows in the shapes only. Early
    on, everything is new: most false alarms come in the first 1,500 rows.

    Notes
    -----
    Each distance d_t becomes evidence by its rank among the n before it: 0.5 log10(n + 1) -
    log10(1 + how many were as large); over the largest, the margin in decades is added. Evidence
    over 0 is summed; shapes and steps are weighed by how much nearer the nearest past is than a
    random one, since on noise they say nothing. Evidence at the level is a score of 0.6, a decade
    over it 0.94; below, a tenth of all evidence, for and against, orders what is usual. nan during
    warm-up (150 values) and for missing values, which teach nothing.

    Causal. Shifting or scaling changes no verdict, to the bit for powers of two. A flat series is
    never an anomaly. The votes are the parts whose own evidence reaches the level. The expected
    value is what followed the nearest past 64 rows, or a smooth mean if that has erred less; the
    range is the error that ranks as an alarm does. They decide nothing: a value in a gap may lie
    within the range, and one outside may have been met often enough.

    About 8 microseconds a value and 232 kB; with `decider` "value" 0.5 and 19 kB. Memory is
    bounded: 256 values that keep the gaps, 1,000 past shapes of each kind (4,000 of 128 rows),
    ranks over 20,000 to 40,000 values.

    References
    ----------
    .. [1] E. Burnaev, V. Ishimtsev, "Conformalized density- and distance-based anomaly detection
       in time-series data", 2016 (KNN-CAD: distances from the past, ranked by the past).
    .. [2] C.-C. M. Yeh et al., "Matrix Profile I", ICDM 2016 (the nearest past subsequence).
    .. [3] I. Gibbs, E. Candès, "Adaptive Conformal Inference Under Distribution Shift", 2021 (the
       measured rate, fed back).

    Examples
    --------
    >>> import numpy as np
    >>> noise = 0.1 * np.random.default_rng(0).standard_normal(900)
    >>> series = np.sin(np.arange(900) / 9.0) + noise
    >>> series[700] = 2.5
    >>> scores = NoveltyDetector().score_learn_many(series.reshape(-1, 1))
    >>> np.argmax(np.nan_to_num(scores))
    np.int64(700)
    """

    name: ClassVar[str] = "novelty"
    version: ClassVar[int] = VERSION
    voters: ClassVar[tuple[str, ...]] = VOTERS

    def __post_init__(self) -> None:
        super().__post_init__()
        self._hold(NoveltyBank(NoveltyParams(**self.get_params()), capacity=1))
