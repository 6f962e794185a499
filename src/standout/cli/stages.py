"""A bar on the terminal that moves on with the stages of a command."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def stages(count: int) -> Iterator[Callable[[str], None]]:
    """Show a bar of so many stages; call what is given with what each does, when it begins.

    It goes to standard error, and only where that is a terminal.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    # A file may have a bracket in its name.
    what = TextColumn("{task.description}", markup=False)
    parts = (
        SpinnerColumn(),
        BarColumn(complete_style="cyan", finished_style="green"),
        TimeElapsedColumn(),
        what,
    )
    with Progress(*parts, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=count)
        begun = 0

        def begin(stage: str) -> None:
            nonlocal begun
            bar.update(task, completed=begun, description=stage)
            bar.refresh()  # a short one, too, is seen
            begun += 1

        yield begin
        bar.update(task, completed=count, description="done")
