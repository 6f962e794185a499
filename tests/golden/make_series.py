"""Make `series.json`, scores that detectors of whole series gave: run this file to renew it.

Renew it only where scores change on purpose, and raise the version of the detectors that changed.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from standout.detectors.series import registry
from standout.types import Batch, Scores

PATH = Path(__file__).parent / "series.json"
EACH = 20

CASES: dict[str, tuple[str, dict[str, bool | int], int]] = {
    **{name: (name, {}, 1) for name in registry.names()},
    "auto, thorough": ("auto", {"thorough": True}, 1),
    "auto, another seed": ("auto", {"seed": 9}, 1),
    "auto, two channels": ("auto", {}, 2),
    "auto, four channels": ("auto", {}, 4),
    "bank_distance, narrow": ("bank_distance", {"width": 16}, 1),
}


def series(channels: int, rows: int = 4_000) -> Batch:
    """Waves with noise, a missing stretch, and three things that are wrong in them."""
    random = np.random.default_rng(11)
    rows_, phase = np.arange(rows)[:, None], np.arange(channels)
    X: Batch = np.sin(rows_ / 13 + phase) + 0.1 * random.standard_normal((rows, channels))
    X[1_000:1_040] *= 0.2
    X[2_500, 0] += 4
    X[3_300:3_340, -1] = X[3_300:3_340, -1][::-1]
    X[700:705] = np.nan
    return X


def score(case: str) -> Scores:
    """Return every 20th score of a case, from row 2,500 on every one for 20 rows."""
    name, params, channels = CASES[case]
    scores = registry.detector(name, params).score_many(series(channels))
    return np.concatenate([scores[::EACH], scores[2_490:2_510]])


if __name__ == "__main__":
    found = {case: np.round(score(case), 6).tolist() for case in CASES}
    PATH.write_text(json.dumps(found, indent=0).replace("\n", " ").replace("], ", "],\n") + "\n")
