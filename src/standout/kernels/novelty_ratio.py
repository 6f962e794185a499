"""Predictability: how much nearer the nearest past is than a random one, and what follows from it.

On noise the nearest past subsequence is hardly nearer than any other, and a large distance from it
says nothing that the value does not; on a heart beat it is twenty times nearer.
"""

from __future__ import annotations

import math

from standout.kernels.jit import part
from standout.kernels.novelty_layout import CHANCE_MEAN, NEAR_MEAN, STALE, TURNS
from standout.types import Values

GAIN = 1.0 / 2000.0
TRUSTED = 50
"""Turns after which a single large distance no longer enters the mean whole."""
FAR_BELOW = 1e-4
STALE_MOST = 200
"""Turns in a row far below the mean, after which it begins anew: it holds a monstrous value."""


@part
def weigh(row: Values, which: int, near: float, chance: float, clip: float) -> None:
    """Move the mean distances from the nearest and from a random one."""
    if not (math.isfinite(near) and math.isfinite(chance)):
        return
    turns = row[TURNS + which]
    low = chance < FAR_BELOW * row[CHANCE_MEAN + which]
    row[STALE + which] = row[STALE + which] + 1.0 if low else 0.0
    if row[STALE + which] > STALE_MOST:
        turns = row[STALE + which] = 0.0
    if turns > TRUSTED:
        near = min(near, clip * row[NEAR_MEAN + which])
    gain = max(GAIN, 1.0 / (turns + 1.0))
    row[NEAR_MEAN + which] += gain * (near - row[NEAR_MEAN + which])
    row[CHANCE_MEAN + which] += gain * (chance - row[CHANCE_MEAN + which])
    row[TURNS + which] = turns + 1.0


@part
def gate(row: Values, which: int, limit: float) -> float:
    """Weight in [0, 1]: 0 if the ratio of both means is at least `limit`, 1 at a tenth of it."""
    chance = row[CHANCE_MEAN + which]
    ratio = row[NEAR_MEAN + which] / chance if chance > 0.0 else 1.0
    return min(max(math.log10(limit / max(ratio, 1e-6)), 0.0), 1.0)
