"""The progress bar of `standout stream`."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from standout.client.replay import Tally

_UPDATE_EVERY_S = 0.1


class StreamProgress:
    """A bar with points, rate and anomalies on a terminal; only what is wrong elsewhere.

    Parameters
    ----------
    client_id
        What stands before the bar.
    total
        How many observations there are.
    """

    def __init__(self, client_id: str, total: int) -> None:
        console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TextColumn("anomalies {task.fields[anomalies]:,}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(_plain(client_id), total=total, rate=0.0, anomalies=0)
        self._client_id = client_id
        self._waiting = False
        self._shown_at = -1.0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the bar was made."""
        return self._bar.tasks[0].elapsed or 0.0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the bar as it is."""
        self._bar.stop()

    def answered(self, tally: Tally) -> None:
        """Show how far it is; cheap enough to be called for each answer."""
        elapsed = self.elapsed_s
        last = tally.answered == self._bar.tasks[0].total
        if elapsed - self._shown_at < _UPDATE_EVERY_S and not (last or self._waiting):
            return
        self._shown_at = elapsed
        self._waiting = False
        self._bar.update(
            self._task,
            description=_plain(self._client_id),
            completed=tally.answered,
            rate=tally.answered / elapsed if elapsed else 0.0,
            anomalies=tally.anomalies,
        )

    def retrying(self, reason: str) -> None:
        """Show that there is no connection, once for each time that it is lost."""
        if self._waiting:
            return
        self._waiting = True
        line = f"{self._client_id}: {reason}; trying again"
        if self._bar.disable:
            click.echo(line, err=True)
        else:
            self._bar.console.print(Text(line))


def _plain(text: str) -> str:
    """Keep rich from reading markup in an id."""
    return text.replace("[", r"\[")
