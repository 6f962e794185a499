"""Files to try things on, made where there are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from standout.readers.replace import replace_file

MEAN, STD = 50.0, 5.0
"""What is normal in them, as in the config that comes with the service."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


class Sample(NamedTuple):
    """A file of readings, one a minute, with some that are not normal."""

    name: str
    rows: int
    odd: dict[int, float]
    seed: int
    sensor: str = ""


SAMPLES = (
    Sample("test/test.csv", 300, {60: 82.0, 61: 79.5, 140: 21.0, 205: 90.25}, 1),
    Sample("test/sensor_data_test.csv", 120, {30: 75.5, 77: 12.0, 100: 99.0}, 2, "pump-7"),
)


def make_samples(folder: Path) -> None:
    """Write the files that are missing.

    Raises
    ------
    DataFolderUnwritable
        They cannot be written.
    """
    for sample in SAMPLES:
        path = folder / sample.name
        if not path.exists():
            replace_file(path, sample_csv(sample).encode())


def sample_csv(sample: Sample) -> str:
    """Return the content of a file; always the same."""
    normal = np.random.default_rng(sample.seed).normal(MEAN, STD, sample.rows)
    values = np.clip(normal, MEAN - 2.8 * STD, MEAN + 2.8 * STD)
    values[list(sample.odd)] = list(sample.odd.values())
    more = ",sensor" if sample.sensor else ""
    lines = [f"timestamp,value{more}"]
    for minute, value in enumerate(values.tolist()):
        moment = (_START + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S")
        lines.append(f"{moment},{value:.2f}" + (f",{sample.sensor}" if sample.sensor else ""))
    return "\n".join(lines) + "\n"
