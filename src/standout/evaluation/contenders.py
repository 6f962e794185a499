"""Contenders: our detectors and their peers, by one name and one way to score a series."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path
from typing import Any

from standout.detectors import registry
from standout.detectors.series import registry as whole
from standout.detectors.thresholds import SHIPPED
from standout.errors import UnknownDetector
from standout.evaluation.peers.half_space_trees import half_space_trees
from standout.evaluation.peers.noise import noise
from standout.evaluation.peers.windowed_gaussian import windowed_gaussian
from standout.evaluation.series import LabelledSeries
from standout.types import Batch, Scores, Values

SLOW_ROWS = 500
"""Rows a millisecond below which a detector is worth a process of its own."""
SEED = 7
"""Seed of the peers that draw; our detectors have their own default."""

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Contender:
    """What scores a series.

    Parameters
    ----------
    name
        What it is called by.
    version
        Of its scores; for a peer, of the library that it comes from.
    window
        Values that a detector of ours looks back on; a peer has its own.
    threshold
        Scores from here on are anomalies as users see them; None where none was shipped.
    slow
        Whether it takes more than about two microseconds a value.
    causal
        Whether each value is scored before it is learnt; a detector of whole series sees all.
    """

    name: str
    version: str
    window: int | None
    threshold: float | None
    slow: bool
    causal: bool = True

    def takes(self, series: Sequence[LabelledSeries]) -> bool:
        """Whether it can score a family: several channels only detectors of whole series can."""
        several = any(one.channels is not None for one in series)
        if self.name == ALL_CHANNELS:
            return several
        return self.name in _WHOLE or not several

    def score(self, values: Values | Batch) -> Scores:
        """Score a series, shape ``(n,)`` or ``(n, d)``; nan where there is no opinion."""
        if self.name in _WHOLE:
            name, params = _WHOLE[self.name]
            return whole.detector(name, params).score_many(values.reshape(len(values), -1))
        if self.name in _PEERS:
            return _PEERS[self.name].score(values)
        detector = registry.detector(self.name, {"window": self.window})
        return detector.score_learn_many(values.reshape(-1, 1))

    def fingerprint(self) -> str:
        """Return a text that changes when its scores may."""
        return f"{self.name} {self.version} {self.window} {_sources()}"


@dataclass(frozen=True, slots=True)
class _Peer:
    score: Callable[[Values], Scores]
    library: str | None = None


ALL_CHANNELS = "auto_all_channels"

_WHOLE: dict[str, tuple[str, dict[str, Any]]] = {
    whole.DEFAULT: (whole.DEFAULT, {}),
    "auto_thorough": (whole.DEFAULT, {"thorough": True}),
    # Without the rule that leaves out channels of 0 and 1, which is most of the gain on some sets.
    ALL_CHANNELS: (whole.DEFAULT, {"drop_indicators": False}),
    **{name: (name, {}) for name in whole.names() if name != whole.DEFAULT},
}
"""Detectors of whole series, and variants of `auto`: name and parameters."""

_PEERS = {
    "windowed_gaussian": _Peer(windowed_gaussian),
    "half_space_trees": _Peer(lambda values: half_space_trees(values, seed=SEED), "river"),
    "noise": _Peer(lambda values: noise(values, seed=SEED)),
}


def names() -> list[str]:
    """Return the names of all contenders that can run here, our detectors first."""
    peers = (name for name in _PEERS if _installed(name))
    return [*registry.names(), *_WHOLE, *peers]


def missing() -> list[str]:
    """Return the names of the peers whose library is not installed."""
    return [name for name in _PEERS if not _installed(name)]


def contender(name: str, *, window: int = 100) -> Contender:
    """Return a contender by its name.

    Raises
    ------
    UnknownDetector
        Neither a detector nor a peer has this name.
    InvalidParameter
        The window is out of its range.
    """
    if name in _PEERS:
        library = _PEERS[name].library
        found = metadata.version(library) if library and _installed(name) else "1"
        return Contender(name, found, None, None, slow=library is not None)
    if name in _WHOLE:
        made = str(whole.version(_WHOLE[name][0]))
        return Contender(name, made, None, SHIPPED, slow=True, causal=False)
    if name not in registry.names():
        known = ", ".join([*registry.names(), *_WHOLE, *_PEERS])
        msg = f"No detector or peer is called {name!r}. There are: {known}."
        raise UnknownDetector(msg)
    slow = registry.bank(name, {"window": window}).rows_a_ms < SLOW_ROWS
    return Contender(name, str(registry.version(name)), window, SHIPPED, slow=slow)


def _installed(name: str) -> bool:
    library = _PEERS[name].library
    return library is None or util.find_spec(library) is not None


@cache
def _sources() -> str:
    """Return a digest of all code that decides scores, so that no old ones are taken for new."""
    digest = hashlib.sha256()
    for folder in ("kernels", "detectors", "evaluation/peers"):
        for path in sorted((_PACKAGE / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
