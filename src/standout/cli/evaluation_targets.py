"""What `standout evaluate` is asked to measure on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from standout.errors import InvalidParameter
from standout.evaluation.corpora.folder import (
    ALL_CHANNELS,
    CHANNELS,
    FAMILIES,
    families_in,
    read_family,
)
from standout.evaluation.corpora.own_file import read_own_file
from standout.evaluation.series import LabelledSeries

ALL = "all"

LINKED = {
    "linked": CHANNELS,
    "linked-channels": ("SMD", *(f"{one}{ALL_CHANNELS}" for one in CHANNELS)),
}
"""Families that TSB-AD measured on exactly the rows that are here."""


def read_target(
    target: str, data: Path | None, *, label_column: str, value_column: str | None
) -> Iterator[list[LabelledSeries]]:
    """Give the series of each family, one family after the other.

    Parameters
    ----------
    target
        Name of a family in any case, of families that are linked, "all", or the path of a file.
    data
        Folder of the families.
    label_column, value_column
        Columns of a file.

    Raises
    ------
    InvalidParameter
        It is neither a family nor a file, or no folder was named.
    UnreadableFile
        What was named cannot be read.
    """
    by_name = {family.lower(): family for family in FAMILIES}
    if target.lower() == ALL:
        return (list(read_family(data, family)) for family in families_in(data))
    if target.lower() in LINKED:
        return (list(read_family(data, family)) for family in LINKED[target.lower()])
    if target.lower() in by_name:
        return iter([list(read_family(data, by_name[target.lower()]))])
    if not Path(target).is_file():
        known = ", ".join([*by_name, *LINKED, ALL])
        msg = f"{target!r} is neither a file nor one of {known}."
        raise InvalidParameter(msg)
    file = read_own_file(Path(target), label_column=label_column, value_column=value_column)
    return iter([[file]])
