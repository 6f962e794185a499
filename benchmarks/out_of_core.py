"""A Parquet file of ten million rows scored out of core: how fast, and in how much memory.

The server scores in this way what is sent to ``POST /predict-batch`` as a file. Scoring is a
process of its own, whose peak of memory the operating system tells, so that neither the making of
the file nor the training counts.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from subprocess import run
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from rich.console import Console

from standout.detectors.archive import read_archive, write_archive
from standout.detectors.batch.model import Fitted, fit_model
from standout.readers.datasets.arrays import arrays
from standout.service.rows import RowReader
from standout.service.scoring_files import score_file
from standout.service.serving import ServedModel

ROWS = 10_000_000
FEATURES = 10
PART = 1_000_000
WANTED_MB = 1_000


def columns() -> list[str]:
    """Return the columns' names."""
    return [f"x{i}" for i in range(FEATURES)]


def make(path: Path, rows: int) -> None:
    """Write the file, a part after the other."""
    random = np.random.default_rng(0)
    parts = [path.with_name(f"part{i}") for i in range(-(-rows // PART))]
    for i, part in enumerate(parts):
        drawn = random.standard_normal((min(PART, rows - i * PART), FEATURES))
        pl.DataFrame(drawn, schema=columns()).write_parquet(part)
    pl.scan_parquet(parts).sink_parquet(path, row_group_size=131_072)
    for part in parts:
        part.unlink()


def score(folder: Path) -> dict[str, float]:
    """Score the file, in this process; return rows, anomalies, seconds and the peak in MB."""
    fitted = Fitted.from_state(read_archive(folder / "model"))
    served = ServedModel(
        model_id="m",
        version=1,
        fitted=fitted,
        rows=RowReader(fitted.plan, dict.fromkeys(columns(), "number")),
        names=fitted.plan.names,
        quick=True,
        bytes=0,
    )
    begin, cpu = time.perf_counter(), time.process_time()
    counts = score_file(served, folder / "rows.parquet", folder / "verdicts.parquet")
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    return {
        "rows": counts.rows,
        "anomalies": counts.anomalies,
        "wall_s": time.perf_counter() - begin,
        "cpu_s": time.process_time() - cpu,
        "peak_mb": int(peak) / 1024,
    }


def measure(rows: int = ROWS, target: str | None = "x0") -> dict[str, float]:
    """Make a file, train a model on some of it, and score all of it in a process of its own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "rows.parquet", rows)
        first = pl.scan_parquet(folder / "rows.parquet").head(20_000).collect()
        model = fit_model(arrays(first), target=target, contamination=0.01)
        write_archive(folder / "model", model.to_state())
        command = [sys.executable, "-m", "benchmarks.out_of_core", str(folder)]
        done = run(command, capture_output=True, text=True, check=True)
        found: dict[str, float] = json.loads(done.stdout)
        return found


def main() -> None:
    """Print what it takes; with a folder, do the scoring in it."""
    if len(sys.argv) > 1:
        print(json.dumps(score(Path(sys.argv[1]))))
        return
    console = Console(width=110)
    console.print(f"load average {os.getloadavg()[0]:.2f} at the start")
    found = measure()
    reached = "reached" if found["peak_mb"] < WANTED_MB else "SHORT"
    console.print(
        f"{found['rows']:,.0f} rows x {FEATURES} of Parquet scored out of core, with lags of the "
        f"target: {found['cpu_s']:.1f} CPU-s, {found['wall_s']:.1f} s, peak of memory "
        f"{found['peak_mb']:,.0f} MB (wanted: under {WANTED_MB:,}) {reached}"
    )


if __name__ == "__main__":
    main()
