"""A folder of labelled series by family, with an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from standout.errors import InvalidParameter, UnreadableFile
from standout.evaluation.corpora import clean
from standout.evaluation.corpora.columns import Columns
from standout.evaluation.corpora.nab_files import FAMILY as NAB
from standout.evaluation.corpora.nab_files import is_checkout, read_nab
from standout.evaluation.series import LabelledSeries

PLAIN = ("AIOPS", "MGAB", "SVDB")
CHANNELS = ("MSL", "SMAP")
"""Families of which TSB-AD measured one channel; that channel from `train_end` on is read."""

MULTIVARIATE = ("SMD", "ASD", "SKAB", "MSL-channels", "SMAP-channels")
"""Families of several channels, read from `train_end` on; with all channels that there are."""

ALL_CHANNELS = "-channels"
"""Ends the name of a family that is there with one channel, too."""

FAMILIES = (NAB, *PLAIN, *CHANNELS, *MULTIVARIATE, clean.FAMILY)
PUBLISHED = Path("anchors") / "tsbad_u_vuspr.csv"


def read_family(data: Path | None, family: str) -> Iterator[LabelledSeries]:
    """Read the series of a family, one after the other.

    Parameters
    ----------
    data
        A folder with ``index.csv`` (columns `path`, `family`, `id`, `train_end`), or for NAB a
        checkout of its repository. The clean series are made, and need none.
    family
        One of `FAMILIES`.

    Raises
    ------
    InvalidParameter
        No folder was named.
    UnreadableFile
        The folder does not hold this family, or a file in it is not as it should be.
    """
    if family == clean.FAMILY:
        return clean.make_clean()
    if data is None:
        raise InvalidParameter(f"Name the folder that holds {family} by --data or STANDOUT_DATA.")
    if family == NAB:
        return read_nab(data)
    if family in MULTIVARIATE:
        return _read_multivariate(data, family)
    return _read_channels(data, family) if family in CHANNELS else _read_plain(data, family)


def families_in(data: Path | None) -> list[str]:
    """Return the families that can be read."""
    if data is None:
        return [clean.FAMILY]
    if is_checkout(data):
        return [NAB, clean.FAMILY]
    there = set(Columns.read(data / "index.csv").frame["family"]) | {clean.FAMILY}
    whole = {family for family in MULTIVARIATE if family.removesuffix(ALL_CHANNELS) in there}
    if not (data / PUBLISHED).is_file():
        there -= set(CHANNELS)
    return [family for family in FAMILIES if family in there | whole]


def _index(data: Path, family: str) -> list[dict[str, Any]]:
    rows = Columns.read(data / "index.csv").frame.filter(family=family).to_dicts()
    if not rows:
        raise UnreadableFile(f"{data / 'index.csv'} names no series of the family {family}.")
    return rows


def _read_plain(data: Path, family: str) -> Iterator[LabelledSeries]:
    for row in _index(data, family):
        columns = Columns.read(data / row["path"])
        times = columns.times()
        yield LabelledSeries(
            family=family,
            name=row["id"],
            values=columns.values("value"),
            labels=columns.labels(),
            timestamps=times[0] if times else None,
            times_us=times[1] if times else None,
            counted_from=int(row["train_end"]),
        )


def _read_channels(data: Path, family: str) -> Iterator[LabelledSeries]:
    linked = Columns.read(data / PUBLISHED).frame
    channel = dict(zip(linked["id"], linked["column"], strict=True))
    for row in _index(data, family):
        if row["id"] in channel:
            columns = Columns.read(data / row["path"])
            start = int(row["train_end"])
            yield LabelledSeries(
                family=family,
                name=row["id"],
                values=columns.values(channel[row["id"]])[start:].copy(),
                labels=columns.labels()[start:].copy(),
            )


def _read_multivariate(data: Path, family: str) -> Iterator[LabelledSeries]:
    for row in _index(data, family.removesuffix(ALL_CHANNELS)):
        columns = Columns.read(data / row["path"])
        start = int(row["train_end"])
        if start >= columns.frame.height:
            continue  # all of it is for fitting: there is nothing to judge
        named = [name for name in columns.frame.columns if name not in {"timestamp", "label"}]
        channels = np.column_stack([columns.values(name)[start:] for name in named])
        yield LabelledSeries(
            family=family,
            name=row["id"],
            values=channels[:, 0].copy(),
            labels=columns.labels()[start:].copy(),
            channels=channels,
        )
