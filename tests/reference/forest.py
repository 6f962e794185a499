"""Slow twin of `standout.kernels.forest`: trees as nested tuples, in whole numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

TREES, SAMPLE, HEIGHT, TOP = 8, 30, 5, 65_535


def mix(x: int) -> int:
    for _ in range(2):
        x = ((x >> 16) ^ x) * 0x45D9F3B % 2**32
    return (x >> 16) ^ x


class Draws:
    """The stream of random 32-bit numbers that a key decides."""

    def __init__(self, key: int) -> None:
        self.state = mix(key)

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B9) % 2**32
        return mix(self.state)


def mean_depth(n: int) -> float:
    """c(n) of the paper, with the harmonic number written out as ln + gamma."""
    if n < 2:
        return 0.0
    return 1.0 if n == 2 else 2 * (math.log(n - 1) + 0.5772156649015329) - 2 * (n - 1) / n


@dataclass
class Leaf:
    path: float


@dataclass
class Split:
    cut: int
    left: Leaf | Split
    right: Leaf | Split


class Tree:
    """One isolation tree on a sample of the sorted window."""

    def __init__(self, ordered: list[float], size: int, key: int) -> None:
        draws = Draws(key)
        n = len(ordered)
        # Stratum i is the i-th of `size` equal parts of the ranks.
        places = [
            math.floor((i + Fraction(draws.next(), 2**32)) * Fraction(n, size)) for i in range(size)
        ]
        sample = [ordered[place] for place in places]
        self.low = sample[0]
        spread = sample[-1] - self.low
        self.step = TOP / spread if spread else math.inf
        # Nodes are split left first, all the way down.
        self.root = self._grow([self.code(v) for v in sample], 0, draws)

    def code(self, x: float) -> int:
        scaled = (x - self.low) * self.step if x != self.low else 0.0
        return int(min(max(scaled, 0.0), float(TOP)))

    def _grow(self, codes: list[int], depth: int, draws: Draws) -> Leaf | Split:
        if depth == HEIGHT or codes[0] == codes[-1]:
            return Leaf(depth + mean_depth(len(codes)))
        cut = codes[0] + draws.next() * (codes[-1] - codes[0]) // 2**32
        left = self._grow([c for c in codes if c <= cut], depth + 1, draws)
        right = self._grow([c for c in codes if c > cut], depth + 1, draws)
        return Split(cut, left, right)

    def path(self, x: float) -> float:
        node, code = self.root, self.code(x)
        while isinstance(node, Split):
            node = node.left if code <= node.cut else node.right
        return node.path

    def cuts(self) -> list[float]:
        """Every value where the path length changes, ascending."""
        found: list[int] = []

        def walk(node: Leaf | Split) -> None:
            if isinstance(node, Split):
                found.append(node.cut)
                walk(node.left)
                walk(node.right)

        walk(self.root)
        return sorted(self.low + (cut + 1) / self.step for cut in found)


class Forest:
    """Eight trees, of which one is built anew every eight values."""

    def __init__(self, window: int, seed: int) -> None:
        self.size = min(SAMPLE, window)
        self.seed = seed
        self.trees: list[Tree] = []

    def learn(self, ordered: list[float], count: int) -> None:
        past = count - self.size
        if past < 0 or past % 8:
            return
        turn = past // 8
        if turn == 0:
            self.trees = [Tree(ordered, self.size, self.seed + t) for t in range(TREES)]
        else:
            self.trees[turn % TREES] = Tree(ordered, self.size, self.seed + TREES + turn)

    def path_sum(self, x: float) -> float:
        return sum(tree.path(x) for tree in self.trees)

    def score(self, x: float) -> float:
        return float(2 ** (-self.path_sum(x) / (TREES * mean_depth(self.size))))

    def edges(self, threshold: float) -> tuple[float, float]:
        """Values beyond which the score is at least the threshold, tried at every cut."""
        cuts = sorted({cut for tree in self.trees for cut in tree.cuts()})
        if not cuts:
            return -math.inf, math.inf
        limit = -math.log2(threshold) * TREES * mean_depth(self.size)
        tiny = 1e-9 * max(cuts[-1] - cuts[0], 1e-300)
        middles = [
            cuts[0] - 1,
            *((a + b) / 2 for a, b in pairwise(cuts)),
            cuts[-1] + 1,
        ]
        isolated = [self.path_sum(m) <= limit + tiny for m in middles]
        if all(isolated):
            return -math.inf, math.inf
        first, last = isolated.index(False), len(isolated) - 1 - isolated[::-1].index(False)
        lower = cuts[first - 1] if first else -math.inf
        upper = cuts[last] if last < len(cuts) else math.inf
        return lower, upper
