"""States within states: the names of a part's arrays begin with the part's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def nested(name: str, state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part's state under the names that it has in the whole: ``name/key``."""
    return {f"{name}/{key}": value for key, value in state.items()}


def part_of(state: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the state of the part `name`."""
    start = f"{name}/"
    return {key.removeprefix(start): value for key, value in state.items() if key.startswith(start)}
