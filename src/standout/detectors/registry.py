"""Detectors by name. It stands on top of the library, so that nothing imports upwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standout.detectors.base import OnlineBank, OnlineDetector
from standout.detectors.online.vote import VoteBank, VoteDetector, VoteParams
from standout.errors import InvalidParameter, UnknownDetector

DEFAULT = VoteDetector.name

_ONLINE: dict[str, type[VoteDetector]] = {VoteDetector.name: VoteDetector}


def names() -> list[str]:
    """Return the names of all detectors."""
    return sorted(_ONLINE)


def version(name: str) -> int:
    """Return the version of a detector's scores and state."""
    return _find(name).version


def voters(name: str) -> tuple[str, ...]:
    """Return the names of a detector's voters, in the order of their bits."""
    return _find(name).voters


def detector(name: str, params: Mapping[str, Any]) -> OnlineDetector:
    """Make a detector that has learnt nothing.

    Raises
    ------
    UnknownDetector
        None has this name.
    InvalidParameter
        A parameter is unknown or out of its range.
    """
    try:
        return _find(name)(**params)
    except (TypeError, ValueError) as error:
        raise InvalidParameter(str(error)) from None


def bank(name: str, params: Mapping[str, Any]) -> OnlineBank:
    """Make an empty bank for streams with these parameters; raises as `detector`."""
    _find(name)
    try:
        return VoteBank(VoteParams(**params))
    except (TypeError, ValueError) as error:
        raise InvalidParameter(str(error)) from None


def _find(name: str) -> type[VoteDetector]:
    if name not in _ONLINE:
        msg = f"No detector is called {name!r}. There are: {', '.join(names())}."
        raise UnknownDetector(msg)
    return _ONLINE[name]
