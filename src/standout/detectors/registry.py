"""Detectors by name. It stands on top of the library, so that nothing imports upwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from standout.detectors.base import OnlineBank, OnlineDetector
from standout.detectors.online.vote import VoteDetector
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import MAJORITY, VOTERS, VoteParams
from standout.errors import InvalidParameter, UnknownDetector

DEFAULT = VoteDetector.name

# Each voter is a detector of its own, too: what the majority makes of it is then seen.
_DECIDERS = {VoteDetector.name: MAJORITY, **{voter: voter for voter in VOTERS}}


def names() -> list[str]:
    """Return the names of all detectors, the default first."""
    return list(_DECIDERS)


def version(name: str) -> int:
    """Return the version of a detector's scores and state."""
    _decider(name)
    return VoteDetector.version


def voters(name: str) -> tuple[str, ...]:
    """Return the names of a detector's voters, in the order of their bits."""
    _decider(name)
    return VoteDetector.voters


def detector(name: str, params: Mapping[str, Any]) -> OnlineDetector:
    """Make a detector that has learnt nothing.

    Raises
    ------
    UnknownDetector
        None has this name.
    InvalidParameter
        A parameter is unknown or out of its range.
    """
    decider = _decider(name)
    try:
        return VoteDetector(**{"decider": decider, **params})
    except (TypeError, ValueError) as error:
        raise InvalidParameter(str(error)) from None


def bank(name: str, params: Mapping[str, Any]) -> OnlineBank:
    """Make an empty bank for streams with these parameters; raises as `detector`."""
    decider = _decider(name)
    try:
        return VoteBank(VoteParams(**{"decider": decider, **params}))
    except (TypeError, ValueError) as error:
        raise InvalidParameter(str(error)) from None


def _decider(name: str) -> str:
    if name not in _DECIDERS:
        msg = f"No detector is called {name!r}. There are: {', '.join(names())}."
        raise UnknownDetector(msg)
    return _DECIDERS[name]
