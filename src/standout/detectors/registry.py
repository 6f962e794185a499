"""Detectors by name. It stands on top of the library, so that nothing imports upwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any

from standout.detectors.base import OnlineBank, OnlineDetector
from standout.detectors.online import descriptions
from standout.detectors.online import novelty_params as novelty
from standout.detectors.online.baseline import BaselineDetector
from standout.detectors.online.baseline_bank import BaselineBank
from standout.detectors.online.baseline_params import BaselineParams
from standout.detectors.online.novelty import NoveltyDetector
from standout.detectors.online.novelty_bank import NoveltyBank
from standout.detectors.online.vote import VoteDetector
from standout.detectors.online.vote_bank import VoteBank
from standout.detectors.online.vote_params import MAJORITY, VOTERS, VoteParams
from standout.errors import InvalidParameter, UnknownDetector

DEFAULT = VoteDetector.name
AUTO = "auto"
"""Not a detector: the one that is best for what is asked; for a stream, see `for_stream`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A detector by its name.

    Parameters
    ----------
    kind
        Its class; the docstring says what it finds, what it costs and where it fails.
    bank
        Makes a bank from parameters.
    fixed
        Parameters that the name decides.
    voters
        In the order of their bits.
    params
        The dataclass of its parameters.
    told
        What a person wants to know of it.
    """

    kind: type[VoteDetector | NoveltyDetector | BaselineDetector]
    bank: Callable[[dict[str, Any]], OnlineBank]
    fixed: Mapping[str, Any]
    voters: tuple[str, ...]
    params: type
    told: descriptions.Description


def _vote_bank(params: dict[str, Any]) -> OnlineBank:
    return VoteBank(VoteParams(**params))


def _novelty_bank(params: dict[str, Any]) -> OnlineBank:
    return NoveltyBank(novelty.NoveltyParams(**params))


def _baseline_bank(params: dict[str, Any]) -> OnlineBank:
    return BaselineBank(BaselineParams(**params))


def _voter(name: str, told: descriptions.Description) -> Entry:
    return Entry(VoteDetector, _vote_bank, {"decider": name}, VOTERS, VoteParams, told)


_ENTRIES = {
    VoteDetector.name: _voter(MAJORITY, descriptions.VOTE),
    # Each voter is a detector of its own, too: what the majority makes of it is then seen.
    **{voter: _voter(voter, descriptions.voter(voter)) for voter in VOTERS},
    NoveltyDetector.name: Entry(
        NoveltyDetector,
        _novelty_bank,
        {"decider": novelty.ALL},
        novelty.VOTERS,
        novelty.NoveltyParams,
        descriptions.NOVELTY,
    ),
    "novelty_core": Entry(
        NoveltyDetector,
        _novelty_bank,
        {"decider": novelty.VALUE, "level": novelty.VALUE_LEVEL},
        novelty.VOTERS[:1],
        novelty.NoveltyParams,
        descriptions.NOVELTY_CORE,
    ),
    BaselineDetector.name: Entry(
        BaselineDetector,
        _baseline_bank,
        {},
        BaselineDetector.voters,
        BaselineParams,
        descriptions.BASELINE,
    ),
}


def names() -> list[str]:
    """Return the names of all detectors, the default first."""
    return list(_ENTRIES)


def entry(name: str) -> Entry:
    """Return what is known of a detector; raises `UnknownDetector`."""
    if name not in _ENTRIES:
        msg = f"No detector is called {name!r}. There are: {', '.join(names())}."
        raise UnknownDetector(msg)
    return _ENTRIES[name]


def for_stream(name: str) -> str:
    """Return the detector that a stream is pinned to where `name` is asked for.

    Examples
    --------
    >>> for_stream("auto"), for_stream("zscore")
    ('novelty', 'zscore')
    """
    return NoveltyDetector.name if name == AUTO else name


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a detector's parameters."""
    found = entry(name)
    return descriptions.schema(found.params, found.told.bounds, found.fixed)


def version(name: str) -> int:
    """Return the version of a detector's scores and state."""
    return entry(name).kind.version


def voters(name: str) -> tuple[str, ...]:
    """Return the names of a detector's voters, in the order of their bits."""
    return entry(name).voters


def detector(name: str, params: Mapping[str, Any]) -> OnlineDetector:
    """Make a detector that has learnt nothing.

    Raises
    ------
    UnknownDetector
        None has this name.
    InvalidParameter
        A parameter is unknown or out of its range.
    """
    found = entry(name)
    _require_kinds(name, params)
    try:
        return found.kind(**{**found.fixed, **params})
    except ValueError as error:
        raise InvalidParameter(str(error)) from None


def bank(name: str, params: Mapping[str, Any]) -> OnlineBank:
    """Make an empty bank for streams with these parameters; raises as `detector`."""
    found = entry(name)
    _require_kinds(name, params)
    try:
        return found.bank({**found.fixed, **params})
    except ValueError as error:
        raise InvalidParameter(str(error)) from None


def _require_kinds(name: str, params: Mapping[str, Any]) -> None:
    """Raise `InvalidParameter` for a parameter that is none, or is no number of its kind."""
    known = {one.name for one in fields(entry(name).params) if one.init}
    told = schema(name)["properties"]
    for key, value in params.items():
        if key not in known:
            msg = f"{name} has no parameter {key!r}. There are: {', '.join(told)}."
            raise InvalidParameter(msg)
        kinds = told.get(key, {}).get("type", [])
        wanted = [kinds] if isinstance(kinds, str) else kinds
        if wanted and not any(_KINDS[kind](value) for kind in wanted):
            words = " or ".join(_WORDS[kind] for kind in wanted)
            msg = f"{key} must be {words}, got {value!r}."
            raise InvalidParameter(msg)


# True and False count as numbers in Python, and as mistakes here.
_KINDS: Mapping[str, Callable[[Any], bool]] = {
    "integer": lambda value: isinstance(value, Integral) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, Real) and not isinstance(value, bool),
    "null": lambda value: value is None,
}
_WORDS = {"integer": "a whole number", "number": "a number", "null": "null"}
