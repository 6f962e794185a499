"""Slow twin of `standout.kernels.novelty`: each part from its definition, over the whole past.

It keeps every value and every distance. What a bounded state forgets (after 20,000 distances, and
past subsequences beyond the newest 1,000 to 4,000) is left out: it is for series shorter than that.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field

import numpy as np

from standout.detectors.online.novelty_params import NoveltyParams
from tests.reference.forest import mix

WEYL = 0x9E3779B9
NAN = math.nan


@dataclass
class Rank:
    """Distances so far, and the evidence of the next one."""

    bins: list[int] = field(default_factory=list)
    record: float = 0.0
    unit: float = 0.0

    def bin(self, d: float) -> int:
        if d == 0:
            return 0
        mantissa, octave = math.frexp(d / (self.unit or d))
        return min(max(600 + 9 * octave + math.floor((mantissa - 0.5) * 18), 1), 1199)

    def evidence(self, d: float) -> float:
        if math.isnan(d) or not self.bins:
            return -3.0
        length = math.log10(len(self.bins) + 1) / 2
        if 0 < self.record < d:
            return length + min(math.log10(d / self.record), 20)
        place = self.bin(d)
        return length - math.log10(1 + sum(other >= place for other in self.bins))

    def count(self, d: float) -> None:
        if not math.isnan(d):
            self.unit = self.unit or d
            self.bins.append(self.bin(d))
            self.record = max(self.record, d)


class Sketch:
    """Values that keep the gaps."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def gap(self, x: float) -> float:
        return min((abs(x - v) for v in self.values), default=NAN)

    def keep(self, x: float) -> None:
        if x in self.values:
            return
        bisect.insort(self.values, x)
        if len(self.values) > 256:
            v = self.values
            widths = [v[i + 1] - v[i - 1] for i in range(1, len(v) - 1)]
            del v[1 + widths.index(min(widths))]


@dataclass
class Ratio:
    """Mean distances from the nearest and from a random one."""

    near: float = 0.0
    chance: float = 0.0
    turns: int = 0

    def weigh(self, near: float, chance: float, clip: float) -> None:
        if math.isnan(near) or math.isnan(chance):
            return
        if self.turns > 50:
            near = min(near, clip * self.near)
        self.turns += 1
        gain = max(1 / 2000, 1 / self.turns)
        self.near += gain * (near - self.near)
        self.chance += gain * (chance - self.chance)

    def gate(self, limit: float) -> float:
        ratio = self.near / self.chance if self.chance > 0 else 1.0
        return min(max(math.log10(limit / max(ratio, 1e-6)), 0.0), 1.0)


@dataclass
class Found:
    """What the newest subsequence finds; `place` is that of its nearest neighbour."""

    distance: float = NAN
    followed: float = NAN
    chance: float = NAN
    place: int | None = None


class Shapes:
    """One kind of subsequence, of so many points, each the mean of so many rows."""

    def __init__(self, number: int, points: int, rows: int, kept: int) -> None:
        self.number, self.points, self.rows, self.kept = number, points, rows, kept
        self.hop = max(1, rows // 2)
        self.delay = -(-points * rows // self.hop)
        # Points as they are, newest first.
        self.windows = np.empty((0, points))
        self.nearest: list[int | None] = []
        self.found = Found()
        self.ratio = Ratio()

    def level(self, windows: np.ndarray) -> np.ndarray:
        return np.asarray(windows.mean(axis=-1, keepdims=True) * (self.number > 0))

    def window(self, values: list[float]) -> np.ndarray | None:
        end = len(values)
        if end < self.points * self.rows:
            return None
        rows = np.array(values[end - self.points * self.rows :])
        return np.asarray(rows.reshape(self.points, self.rows).mean(axis=1)[::-1])

    def look(self, values: list[float], seed: int) -> None:
        """Look for the subsequence that ends in the newest value."""
        t = len(values) - 1
        if t % self.hop:
            return
        self.found = Found()
        if len(self.nearest) > 1 and (then := self.nearest[-2]) is not None:
            shift = self.level(self.windows[-2]) - self.level(self.windows[then])
            foreseen = self.windows[then + 2, 0] + shift.item()
            self.found.followed = abs(float(np.mean(values[-self.rows :])) - foreseen)
        window = self.window(values)
        visible = min(len(self.windows) - self.delay + 1, self.kept)
        if window is None or visible <= 10:
            return
        last = len(self.windows) - self.delay
        past = self.windows[last - visible + 1 : last + 1]
        apart = (window - self.level(window)) - (past - self.level(past))
        distances = np.sqrt((apart**2).mean(axis=1))
        draw = mix((mix((seed + self.number * WEYL) % 2**32) + t) % 2**32)
        self.found.chance = float(distances[draw * visible >> 32])
        self.found.distance = float(distances.min())
        # Of those that are equally near, the one after the last neighbour, or else the newest.
        nearest = np.flatnonzero(distances <= self.found.distance * (1 + 1e-12))
        first = last - visible + 1
        before = self.nearest[-1] if self.nearest else None
        after = None if before is None else min(max(before + 1, first), last) - first
        self.found.place = first + int(
            nearest[-1] if after is None or after not in nearest else after
        )

    def learn(self, values: list[float]) -> None:
        window = self.window(values)
        if (len(values) - 1) % self.hop or window is None:
            return
        self.ratio.weigh(self.found.distance, self.found.chance, 3.0)
        self.nearest.append(self.found.place)
        self.windows = np.vstack([self.windows, window])


class SlowNovelty:
    """Novelty, without a state that is packed, updated or bounded; no rate is calibrated."""

    def __init__(self, params: NoveltyParams) -> None:
        self.params = params
        self.values: list[float] = []
        self.sketch = Sketch()
        self.ranks = {name: Rank() for name in (*NAMES, "error")}
        self.kinds = {
            "pair": Shapes(0, 2, 1, 2000),
            "32": Shapes(1, 8, 4, 1000),
            "64": Shapes(2, 32, 2, 1000),
            "128": Shapes(3, 8, 16, 4000),
            "512": Shapes(4, 8, 64, 1000),
        }
        self.steps = Ratio()
        self.reservoir: list[float] = []
        self.habit, self.candidate, self.candidate_at = 0.0, 0.0, -(10**9)

    def distances(self, x: float) -> dict[str, float]:
        found = {"value": self.sketch.gap(x)}
        if self.params.decider == "value":
            return found
        after = [*self.values, x]
        found["step"] = abs(x - self.values[-1]) if self.values else 0.0
        for name, kind in self.kinds.items():
            kind.look(after, self.params.seed)
            found["pair" if name == "pair" else f"shape_{name}"] = kind.found.distance
            if name in ("32", "64", "128"):
                found[f"next_{name}"] = kind.found.followed
        return found

    def combined(self, e: dict[str, float]) -> float:
        if self.params.decider == "value":
            return e["value"]
        w = {name: kind.ratio.gate(0.2) for name, kind in self.kinds.items()}
        plus = {name: max(one, 0.0) for name, one in e.items()}
        wv = max(0.2, 1 - 2 * min(w["32"], w["64"], w["128"]))
        total = wv * (
            plus["value"] + 0.2 * plus["pair"] + 0.5 * self.steps.gate(0.4) * plus["step"]
        )
        for name in ("32", "64", "128"):
            total += w[name] * (plus[f"shape_{name}"] + 0.3 * plus[f"next_{name}"])
        total += 0.5 * w["512"] * plus["shape_512"]
        return total + 0.02 * self.order(e)

    def order(self, e: dict[str, float]) -> float:
        """Evidence for and against, which tells usual values apart."""
        if self.params.decider == "value":
            return 0.0
        w = [self.kinds[name].ratio.gate(0.2) for name in ("32", "64", "128")]
        low = max(0.2, 1 - 2 * min(w)) * (e["value"] + e["pair"] + e["step"])
        return low + e["shape_32"] + e["shape_64"] + e["shape_128"]

    def judge_learn(self, x: float) -> tuple[float, set[str]] | None:
        """Return score and votes, then learn."""
        if not math.isfinite(x):
            return None
        t = len(self.values)
        d = self.distances(x)
        verdict = None
        if t >= 150:
            e = {name: self.ranks[name].evidence(one) for name, one in d.items()}
            verdict = self.judge(e, t)
            for name, one in d.items():
                self.ranks[name].count(one)
        self.sketch.keep(x)
        if self.params.decider != "value":
            self.learn_step(x, t)
        self.values.append(x)
        if self.params.decider != "value":
            for kind in self.kinds.values():
                kind.learn(self.values)
        return verdict

    def judge(self, e: dict[str, float], t: int) -> tuple[float, set[str]]:
        self.habit *= math.exp(-1 / 2000)
        evidence = self.combined(e) - 0.02 * self.habit
        held = t - self.candidate_at <= self.params.window
        if evidence > 0 and (not held or evidence > self.candidate):
            self.habit += evidence - (self.candidate if held else 0.0)
            self.candidate, self.candidate_at = evidence, t
        votes = {name for name, one in e.items() if one >= self.params.level}
        foreseen = {name for name in votes if name.startswith("next")}
        votes = (votes - foreseen) | ({"continuation"} if foreseen else set())
        below = self.params.level - evidence
        if below > 0:
            spread = 0.1 * self.order(e) * min(below / self.params.level, 1)
            below -= spread if spread <= 0 else below * spread / (spread + below)
        return 1 / (1 + 2 / 3 * 10**below), votes

    def learn_step(self, x: float, t: int) -> None:
        seed = self.params.seed
        if t > 0:
            draw = mix((mix((seed + 7 * WEYL) % 2**32) + t) % 2**32)
            other = self.reservoir[draw * len(self.reservoir) >> 32]
            self.steps.weigh(abs(x - self.values[-1]), abs(x - other), 5.0)
        if t < 256:
            self.reservoir.append(x)
        else:
            bits = mix((mix((seed + 9 * WEYL) % 2**32) + t) % 2**32)
            if bits % 64 == 0:
                self.reservoir[bits // 64 % 256] = x


NAMES = (
    "value",
    "pair",
    "step",
    "shape_32",
    "shape_64",
    "shape_128",
    "shape_512",
    "next_32",
    "next_64",
    "next_128",
)
