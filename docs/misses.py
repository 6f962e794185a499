"""The pictures in ``explanation/accuracy.md``: what novelty misses worst, drawn from public data.

``STANDOUT_DATA=path/to/data python docs/misses.py`` makes all of them anew. A picture holds no more
of a series than it shows: the lowest and highest value of each pixel.
"""  # noqa: INP001 - a script

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from standout.detectors.thresholds import SHIPPED
from standout.evaluation.contenders import contender
from standout.evaluation.corpora.folder import read_family
from standout.evaluation.pictures.drawing import draw
from standout.evaluation.pictures.moments import Moment, moments, worst
from standout.readers.replace import replace_file

FOLDER: Final = Path(__file__).parent / "explanation" / "pictures"
DETECTOR: Final = "novelty"
COUNTS: Final = {"NAB": 4, "AIOPS": 1, "MGAB": 1, "SVDB": 1}
"""Pictures of each family."""


def misses(data: Path, family: str) -> list[Moment]:
    """Return the labelled events of a family whose highest score is lowest."""
    judge = contender(DETECTOR)
    found = [
        moment
        for one in read_family(data, family)
        for moment in moments(one, judge.score(one.values), SHIPPED)
    ]
    return worst(found, "miss", COUNTS[family])


def main() -> None:
    """Draw all pictures into their folder."""
    data = os.environ.get("STANDOUT_DATA")
    if data is None:
        sys.exit("Name the folder of labelled series in STANDOUT_DATA.")
    FOLDER.mkdir(exist_ok=True)
    for family in COUNTS:
        for place, moment in enumerate(misses(Path(data), family), start=1):
            path = FOLDER / f"{DETECTOR}_miss_{family.lower()}_{place}.svg"
            replace_file(path, draw(moment, DETECTOR, SHIPPED))
            print(f"{path.name}: {moment.series.name}, rows {moment.start:,} to {moment.end:,}")  # noqa: T201 - a script


if __name__ == "__main__":
    main()
