"""An evaluation: every contender scores every series, and what comes out is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from standout.evaluation.contenders import Contender
from standout.evaluation.figures import FamilyFigures, measure_family
from standout.evaluation.score_cache import ScoreCache
from standout.evaluation.series import LabelledSeries
from standout.types import Batch, Scores, Values

OnScored = Callable[[Contender, LabelledSeries], None]


class Evaluation:
    """Contenders on series, with the scores that are known already taken from a cache.

    Parameters
    ----------
    contenders
        What is measured.
    cache
        Where scores are kept.
    jobs
        Processes for slow contenders; 1 runs everything in this one.
    """

    def __init__(
        self, contenders: Sequence[Contender], cache: ScoreCache, *, jobs: int = 1
    ) -> None:
        self._contenders = contenders
        self._cache = cache
        self._jobs = jobs

    def family(
        self, series: Sequence[LabelledSeries], on_scored: OnScored
    ) -> Iterator[tuple[FamilyFigures, list[Scores]]]:
        """Give each contender's figures on a family, with its scores on each series.

        Contenders that judge one channel are left out where there are several.

        Parameters
        ----------
        series
            All of one family.
        on_scored
            Called after each series.
        """
        for contender in self._contenders:
            if not contender.takes(series):
                continue
            scores = self._scores(contender, series, on_scored)
            yield measure_family(contender, series, scores), scores

    def _scores(
        self, contender: Contender, series: Sequence[LabelledSeries], on_scored: OnScored
    ) -> list[Scores]:
        known = [self._cache.get(contender, one.observed) for one in series]
        unknown = [one.observed for one, found in zip(series, known, strict=True) if found is None]
        fresh = self._fresh(contender, unknown)
        scores = []
        for one, found in zip(series, known, strict=True):
            scores.append(self._kept(contender, one, next(fresh)) if found is None else found)
            on_scored(contender, one)
        return scores

    def _kept(self, contender: Contender, series: LabelledSeries, scores: Scores) -> Scores:
        self._cache.put(contender, series.observed, scores)
        return scores

    def _fresh(self, contender: Contender, unknown: Sequence[Values | Batch]) -> Iterator[Scores]:
        """Score what is not known yet, in order; each as soon as it is asked for and ready."""
        if not contender.slow or self._jobs == 1 or len(unknown) == 1:
            yield from map(contender.score, unknown)
            return
        # Spawned, since a fork copies the locks of threads that are not copied.
        with ProcessPoolExecutor(self._jobs, mp_context=get_context("spawn")) as pool:
            yield from pool.map(contender.score, unknown)
