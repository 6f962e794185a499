"""Families that others measured on exactly our series, taken together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from standout.evaluation.contenders import Contender
from standout.evaluation.corpora.folder import CHANNELS, MULTIVARIATE
from standout.evaluation.figures import FamilyFigures
from standout.evaluation.published import PublishedVus, published_vus

GROUPS = (CHANNELS, MULTIVARIATE)
"""One channel, and several. NAB is not among them: others measured other rows of its series."""


@dataclass(frozen=True, slots=True)
class LinkedMeans:
    """Mean VUS-PR over all series of some families that others measured, too.

    Parameters
    ----------
    families
        Which.
    series
        How many they are together.
    published
        Method to mean, the best first; methods without all of the series are left out.
    measured
        Our contenders that have all of these families.
    """

    families: tuple[str, ...]
    series: int
    published: dict[str, float]
    measured: tuple[tuple[Contender, float], ...]


def linked_means(measured: Sequence[FamilyFigures], data: Path | None) -> list[LinkedMeans]:
    """Return the means of each group of which more than one family was measured."""
    found = []
    for group in GROUPS:
        families = dict.fromkeys(one.family for one in measured if one.family in group)
        known = {family: told for family in families if (told := published_vus(data, family))}
        if len(known) > 1:
            found.append(_together(measured, known))
    return found


def _together(measured: Sequence[FamilyFigures], known: dict[str, PublishedVus]) -> LinkedMeans:
    counts = [len(told.series) for told in known.values()]
    first, *others = (told.means for told in known.values())
    methods = [name for name in first if all(name in means for means in others)]
    means = {
        name: float(np.average([told.means[name] for told in known.values()], weights=counts))
        for name in methods
    }
    ours = []
    for contender in dict.fromkeys(one.contender for one in measured):
        own = {one.family: one for one in measured if one.contender == contender}
        if all(family in own for family in known):
            values = [own[family].mean("vus_pr", known[family].series) for family in known]
            ours.append((contender, float(np.average(values, weights=counts))))
    ordered = dict(sorted(means.items(), key=lambda entry: -entry[1]))
    return LinkedMeans(tuple(known), sum(counts), ordered, tuple(ours))
