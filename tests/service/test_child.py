"""Children: what they say is told on, whatever becomes of them."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from standout.errors import ColumnNotFound, DataFolderUnwritable, InvalidInput
from standout.service.child import run_child
from standout.service.jobs import Progress

GB = 1_000_000_000


async def run(do: str, *, progress: Progress | None = None, **task: Any) -> dict[str, Any]:
    told = {"do": do, **task}
    return await run_child(
        "tests.service.children", told, progress or Progress(), max_memory=2 * GB
    )


async def test_an_answer_and_how_far_it_was() -> None:
    progress = Progress()
    assert await run("answer", progress=progress) == {"limit": 2 * GB}
    assert (progress.fraction, progress.stage) == (0.5, "half")


async def test_errors_come_out_as_they_went_in() -> None:
    with pytest.raises(ColumnNotFound, match="There is no 'x'") as found:
        await run("say", said={"error": "ColumnNotFound", "detail": "There is no 'x'.", "row": 3})
    assert found.value.row == 3
    full = {"error": "DataFolderUnwritable", "detail": "No space left.", "row": None}
    with pytest.raises(DataFolderUnwritable, match="No space left"):
        await run("say", said=full)


@pytest.mark.parametrize(
    ("do", "more"),
    [
        ("say", {"said": {"error": "MemoryError"}}),
        ("die", {"signal": "SIGKILL"}),
        ("die", {"signal": "SIGABRT"}),
    ],
)
async def test_one_that_needs_too_much_memory_is_told(do: str, more: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=r"needs more than the 2\.0 GB of memory"):
        await run(do, **more)


@pytest.mark.parametrize(("do", "more"), [("leave", {}), ("die", {"signal": "SIGTERM"})])
async def test_one_that_says_nothing_is_a_mistake(do: str, more: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="The child ended with"):
        await run(do, **more)


async def test_one_that_is_cancelled_is_gone(tmp_path: Path) -> None:
    task = asyncio.create_task(run("wait", path=str(tmp_path / "pid")))
    while not (tmp_path / "pid").exists():  # noqa: ASYNC110 - a file is all that it makes
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    pid = int((tmp_path / "pid").read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_fit_is_held_to_its_memory(tmp_path: Path) -> None:
    """The operating system holds it, and the end of it is a sentence."""
    rows = {f"x{i}": np.random.default_rng(i).normal(size=1_500_000) for i in range(4)}
    pl.DataFrame(rows).write_parquet(tmp_path / "table")
    task = {
        "dataset": "d",
        "table": str(tmp_path / "table"),
        "asked": {"algorithm": "isolation_forest", "target": "x0", "params": {}},
        "out": str(tmp_path / "out"),
    }
    with pytest.raises(InvalidInput, match=r"needs more than the 0\.3 GB of memory"):
        await run_child("standout.service.fitting", task, Progress(), max_memory=256_000_000)
    assert not (tmp_path / "out").exists()
