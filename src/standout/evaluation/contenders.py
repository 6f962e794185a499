"""Contenders: our detectors and their peers, by one name and one way to score a series."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from pathlib import Path

from standout.detectors import registry
from standout.detectors.thresholds import SHIPPED
from standout.errors import UnknownDetector
from standout.evaluation.peers.half_space_trees import half_space_trees
from standout.evaluation.peers.noise import noise
from standout.evaluation.peers.windowed_gaussian import windowed_gaussian
from standout.types import Scores, Values

SEED = 7
"""Seed of the peers that draw; our detectors have their own default."""

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Contender:
    """What scores a series: one value after the other, each before it is learnt.

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
        Whether it takes more than about a microsecond a value.
    """

    name: str
    version: str
    window: int | None
    threshold: float | None
    slow: bool

    def score(self, values: Values) -> Scores:
        """Score a series, shape ``(n,)``; nan where there is no opinion."""
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


_PEERS = {
    "windowed_gaussian": _Peer(windowed_gaussian),
    "half_space_trees": _Peer(lambda values: half_space_trees(values, seed=SEED), "river"),
    "noise": _Peer(lambda values: noise(values, seed=SEED)),
}


def names() -> list[str]:
    """Return the names of all contenders that can run here, our detectors first."""
    return [*registry.names(), *(name for name in _PEERS if _installed(name))]


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
    if name not in registry.names():
        known = ", ".join([*registry.names(), *_PEERS])
        msg = f"No detector or peer is called {name!r}. There are: {known}."
        raise UnknownDetector(msg)
    registry.detector(name, {"window": window})
    return Contender(name, str(registry.version(name)), window, SHIPPED, slow=False)


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
