"""Files that `standout evaluate` writes: scores and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from standout.detectors.thresholds import held
from standout.evaluation.contenders import Contender
from standout.evaluation.figures import FamilyFigures
from standout.evaluation.nab_alarms import HOLD
from standout.evaluation.pictures.drawing import draw
from standout.evaluation.pictures.moments import Kind, Moment, moments, worst
from standout.evaluation.ranking import silent_as_zero
from standout.evaluation.score_files import write_scores
from standout.evaluation.series import LabelledSeries
from standout.readers.replace import replace_file
from standout.types import Scores

PICTURES = 10
_KINDS: tuple[Kind, ...] = ("miss", "false alarm")


class Outputs:
    """What is written beside the tables.

    Parameters
    ----------
    scores_dir
        Folder for scores on NAB's files, of rows and of alarms; None writes none.
    plot
        Folder for pictures of the first detector that has a shipped threshold; None draws none.
    """

    def __init__(self, scores_dir: Path | None, plot: Path | None) -> None:
        self._scores_dir = scores_dir
        self._plot = plot
        self._drawn: tuple[Contender, float] | None = None
        self._moments: list[Moment] = []
        self._files = 0

    def take(
        self, figures: FamilyFigures, series: Sequence[LabelledSeries], scores: Sequence[Scores]
    ) -> None:
        """Write a contender's scores on a family, and look for what to draw."""
        contender = figures.contender
        for one, found in zip(series, scores, strict=True):
            if self._scores_dir is not None and figures.nab is not None:
                write_scores(self._scores_dir, contender.name, one, found)
                quiet = held(silent_as_zero(found), HOLD)
                write_scores(self._scores_dir, f"{contender.name}_alarms", one, quiet)
                self._files += 2
            if self._plot is not None and contender.threshold is not None:
                self._look(contender, one, found, contender.threshold)

    def finish(self) -> list[str]:
        """Draw, and tell what was written."""
        told = []
        if self._scores_dir is not None:
            told.append(f"{self._files} files of scores on NAB in {self._scores_dir}")
        if self._plot is not None:
            told.append(f"{self._draw(self._plot)} pictures in {self._plot}")
        return told

    def _look(
        self, contender: Contender, series: LabelledSeries, scores: Scores, threshold: float
    ) -> None:
        self._drawn = self._drawn or (contender, threshold)
        if contender == self._drawn[0]:
            self._moments += moments(series, scores, threshold)

    def _draw(self, folder: Path) -> int:
        if self._drawn is None:
            return 0
        contender, threshold = self._drawn
        chosen = [
            (kind, place, moment)
            for kind in _KINDS
            for place, moment in enumerate(worst(self._moments, kind, PICTURES), start=1)
        ]
        for kind in _KINDS:
            for old in folder.glob(f"{_stem(kind)}_[0-9][0-9].svg"):
                old.unlink()
        for kind, place, moment in chosen:
            path = folder / f"{_stem(kind)}_{place:02}.svg"
            replace_file(path, draw(moment, contender.name, threshold))
        return len(chosen)


def _stem(kind: Kind) -> str:
    return kind.replace(" ", "_")
