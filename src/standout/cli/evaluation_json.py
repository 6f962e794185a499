"""All figures of `standout evaluate` as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from standout.evaluation.figures import FamilyFigures
from standout.evaluation.plain import as_plain
from standout.evaluation.published import published_nab, published_vus


def as_json(measured: Sequence[FamilyFigures], data: Path | None) -> dict[str, Any]:
    """Return all figures, and what others published; what is not defined is null."""
    families = dict.fromkeys(figures.family for figures in measured)
    published = {family: published_vus(data, family) for family in families}
    return {
        "figures": [as_plain(figures) for figures in measured],
        "published": {
            "nab": published_nab(data),
            "vus_pr": {
                family: {"series": list(known.series), "means": known.means}
                for family, known in published.items()
                if known
            },
        },
    }
