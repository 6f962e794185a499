"""The child process that fits a model: ``python -m standout.service.fitting``."""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from standout.errors import DataFolderUnwritable, InvalidInput, StandoutError

NICENESS = 10
"""Below the server, which answers while this computes."""


def main() -> None:
    """Read a task, fit, write the model, and tell; see `standout.service.child`."""
    task = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.nice(NICENESS)
    limit = int(task["max_memory"])
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    try:
        _tell(done=_backtest(task) if task.get("work") == "backtest" else _fit(task))
    except MemoryError:
        _tell(error="MemoryError")
    except StandoutError as error:
        _tell(error=type(error).__name__, **_told(error))
    except OSError as error:
        reason = error.strerror or str(error)
        detail = f"The model cannot be written to the data folder: {reason}."
        _tell(error=DataFolderUnwritable.__name__, detail=detail, row=None)


def _fit(task: dict[str, Any]) -> dict[str, Any]:
    # Their import takes a while, in which the parent should know that something is going on.
    _tell(progress=0.0, stage="start")
    from standout.detectors.archive import write_archive  # noqa: PLC0415 - as above
    from standout.detectors.batch.training import fit_model  # noqa: PLC0415 - as above

    columns = _columns(task)
    begun = time.perf_counter()
    fitted = fit_model(
        columns,
        **task["asked"],
        progress=_tell_fit,
    )
    fit_s = round(time.perf_counter() - begun, 3)
    told = {"fit_s": fit_s, "rows": fitted.stats["n_samples"]}
    _tell(progress=0.95, stage="write", **told, features=fitted.stats["n_features"])
    sha256, size = write_archive(Path(task["out"]), fitted.to_state())
    return {"stats": {**fitted.stats, "fit_s": fit_s}, "sha256": sha256, "bytes": size}


def _tell_fit(share: float, stage: str) -> None:
    if stage != "done":  # it is written yet
        _tell(progress=0.05 + 0.9 * share, stage=stage)


def _backtest(task: dict[str, Any]) -> dict[str, Any]:
    _tell(progress=0.0, stage="start")
    from standout.detectors.batch.backtest import backtest  # noqa: PLC0415 - as in `_fit`

    folds = backtest(
        _columns(task),
        folds=task["folds"],
        progress=lambda share, stage: _tell(progress=share, stage=stage),
        **task["asked"],
    )
    return {"folds": folds}


def _columns(task: dict[str, Any]) -> dict[str, Any]:
    from standout.errors import DatasetNotFound  # noqa: PLC0415 - as in `_fit`
    from standout.readers.datasets.arrays import read_arrays  # noqa: PLC0415 - as in `_fit`

    _tell(progress=0.0, stage="read")
    try:
        return read_arrays(Path(task["table"]))
    except FileNotFoundError:
        msg = f"Dataset not found: {task['dataset']!r} was deleted before the training began."
        raise DatasetNotFound(msg) from None


def _told(error: StandoutError) -> dict[str, Any]:
    detail, row = str(error), None
    if isinstance(error, InvalidInput) and error.row is not None:
        # The library counts from 0, as arrays do; people count a file's rows from 1.
        row = error.row + 1
        detail = detail.replace(f"Row {error.row}:", f"Row {row:,}:", 1)
    return {"detail": detail, "row": row}


def _tell(**news: Any) -> None:
    sys.stdout.write(json.dumps(news) + "\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
