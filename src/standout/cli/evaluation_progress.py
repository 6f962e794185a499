"""The progress bar of `standout evaluate`."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from standout.evaluation.contenders import Contender
from standout.evaluation.series import LabelledSeries


class EvaluationProgress:
    """A bar for each family on a terminal; nothing elsewhere."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[now]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        """Show the bars."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bars as they are."""
        self._bar.stop()

    def families(
        self, families: Iterator[list[LabelledSeries]], contenders: int
    ) -> Iterator[list[LabelledSeries]]:
        """Pass families on, with a bar for each that counts its series times the contenders."""
        for series in families:
            name = series[0].family.replace("[", r"\[")
            self._task = self._bar.add_task(name, total=len(series) * contenders, now="")
            yield series
            self._bar.update(self._task, now="")

    def scored(self, contender: Contender, _series: LabelledSeries) -> None:
        """Show that a contender has scored one more series."""
        self._bar.update(self._task, advance=1, now=contender.name)
