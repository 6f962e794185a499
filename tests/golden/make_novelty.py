"""Make `novelty_1.json`: the verdicts of novelty, version 1, on a series made here.

Run by hand: ``python -m tests.golden.make_novelty``. Streams are pinned to a version of their
detector, so a change of these numbers needs a new version, and a new file beside this one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from standout.detectors import registry

FILE = Path(__file__).parent / "novelty_1.json"
VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "novelty": ("novelty", {}),
    "novelty, one alarm in 1,000": ("novelty", {"alarms_per_1000": 1.0, "seed": 3}),
    "novelty_core": ("novelty_core", {}),
}
EVERY = 10


def series() -> np.ndarray:
    """Return 3,200 values: a noisy wave with a spike, a flat stretch, a new level and gaps."""
    rows = np.arange(3_200)
    noise = ((rows * 7_919 % 1_009) / 1_009 - 0.5) * 0.2
    values = np.round(np.sin(rows / 9) + noise, 6)
    values[1_000] = 2.5
    values[1_700:1_760] = 0.0
    values[2_400:] += 1.5
    values[[40, 500, 2_000]] = np.nan
    return values.reshape(-1, 1)


def verdicts(name: str, params: dict[str, Any]) -> dict[str, list[Any]]:
    """Return every tenth verdict, to nine digits."""
    told = registry.detector(name, params).judge_learn_many(series())
    columns = {"score": told.score, "expected": told.expected, "upper": told.upper}
    rounded: dict[str, list[Any]] = {
        key: [None if np.isnan(v) else float(f"{v:.9g}") for v in column[::EVERY].tolist()]
        for key, column in columns.items()
    }
    return {**rounded, "votes": told.votes[::EVERY].tolist()}


if __name__ == "__main__":
    made = {key: verdicts(*variant) for key, variant in VARIANTS.items()}
    FILE.write_text(json.dumps(made) + "\n", encoding="utf-8")
