"""Alarms that were asked for, and alarms that came, on series in which nothing is wrong.

Noise of thirteen kinds, 50,000 rows each, and those series of the Numenta Anomaly Benchmark (NAB)
without anomalies that do not repeat to the digit, one after the other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from standout.detectors.online.novelty import NoveltyDetector
from standout.detectors.thresholds import NEW, alarms
from standout.evaluation.corpora.clean import make_clean, make_more_noise
from standout.evaluation.corpora.folder import read_family
from standout.types import Values

ASKED = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Alarms of 1,000 rows; 0 takes the shipped level."""
CLOSE = 0.2
WIDE = 120
_NEVER_NEW = ("art_flatline", "art_daily_perfect_square_wave", "art_daily_no_noise")


@dataclass(frozen=True)
class Told:
    """Alarms on one kind of series, and the rows that had a score."""

    alarms: int
    rows: int

    @property
    def per_1000(self) -> float:
        """Alarms of 1,000 rows."""
        return 1000 * self.alarms / self.rows

    def shown(self, asked: float) -> str:
        """Return it as a cell: with a mark where it is off by more than a fifth and one alarm."""
        wanted = asked / 1000 * self.rows
        far = asked > 0 and abs(self.alarms - round(wanted)) > max(CLOSE * wanted, 1.0)
        return f"{self.per_1000:.2f} ({self.alarms}){' !' if far else ''}"


def told(series: list[Values], asked: float) -> Told:
    """Measure a rate on series, each from its beginning."""
    count = rows = 0
    for values in series:
        detector = NoveltyDetector(alarms_per_1000=asked)
        scores = detector.score_learn_many(values.reshape(-1, 1))
        count += int((alarms(scores, detector.window) == NEW).sum())
        rows += int(np.isfinite(scores).sum())
    return Told(count, rows)


def kinds(data: Path | None) -> Iterator[tuple[str, list[Values]]]:
    """Give each kind of series by name."""
    for one in (*make_clean(), *make_more_noise()):
        yield one.name, [one.values]
    if data is not None:
        clean = [one for one in read_family(data, "NAB") if not one.labels.any()]
        for one in clean:
            yield f"NAB, {Path(one.name).stem}", [one.values]
        noisy = [one.values for one in clean if Path(one.name).stem not in _NEVER_NEW]
        yield "NAB, those that do not repeat", noisy


def main() -> None:
    """Print the table; `!` marks what is off by more than a fifth, and by more than one alarm."""
    data = os.environ.get("STANDOUT_DATA")
    table = Table(
        "alarms of 1,000 rows (alarms)", "as shipped", *(f"{r:g} asked" for r in ASKED[1:])
    )
    for name, series in kinds(Path(data) if data else None):
        table.add_row(name, *(told(series, asked).shown(asked) for asked in ASKED))
    Console(width=WIDE).print(table)


if __name__ == "__main__":
    main()
