"""The pictures in ``explanation/whole-series.md``: what `auto` misses worst, from public data.

``STANDOUT_DATA=path/to/data python docs/series_misses.py`` makes all of them anew, in some minutes.
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
from standout.evaluation.pictures.moments import moments, worst
from standout.readers.replace import replace_file

FOLDER: Final = Path(__file__).parent / "explanation" / "pictures"
DETECTOR: Final = "auto"
COUNTS: Final = {"NAB": 3, "MGAB": 1}
"""Pictures of each family."""


def main() -> None:
    """Draw all pictures into their folder."""
    data = os.environ.get("STANDOUT_DATA")
    if data is None:
        sys.exit("Name the folder of labelled series in STANDOUT_DATA.")
    FOLDER.mkdir(exist_ok=True)
    judge = contender(DETECTOR)
    for family, count in COUNTS.items():
        found = []
        for one in read_family(Path(data), family):
            found += moments(one, judge.score(one.values), SHIPPED)
        for place, moment in enumerate(worst(found, "miss", count), start=1):
            path = FOLDER / f"{DETECTOR}_miss_{family.lower()}_{place}.svg"
            replace_file(path, draw(moment, DETECTOR, SHIPPED))
            told = f"{path.name}: {moment.series.name}, rows {moment.start:,} to {moment.end:,}"
            print(told)  # noqa: T201 - a script


if __name__ == "__main__":
    main()
