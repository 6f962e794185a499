"""Parameters of batch detectors: declared once, as fields, for the check and the JSON Schema."""

from __future__ import annotations

import math
from dataclasses import Field, field, fields
from typing import Any

SEED = "seed"
"""Every detector has one; it is chosen beside the parameters, not among them."""


def integer(default: int, title: str, description: str, *, minimum: int, maximum: int) -> Any:
    """Declare a whole number between two bounds, both included."""
    return _declare("integer", default, title, description, minimum=minimum, maximum=maximum)


def number(default: float, title: str, description: str, *, minimum: float, maximum: float) -> Any:
    """Declare a number between two bounds, both included."""
    return _declare("number", default, title, description, minimum=minimum, maximum=maximum)


def choice(default: str, title: str, description: str, *, among: tuple[str, ...]) -> Any:
    """Declare a word among some."""
    return _declare("string", default, title, description, enum=list(among))


def seed() -> Any:
    """Declare the seed."""
    return _declare("integer", 0, "Seed", "Decides every draw.", minimum=0, maximum=2**31 - 1)


def schema(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a detector's parameters, the seed left out."""
    properties = {
        one.name: {**one.metadata["schema"], "default": one.default}
        for one in _declared(cls)
        if one.name != SEED
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def check(detector: Any) -> None:
    """Check every declared parameter of a detector, and take whole numbers for numbers.

    Raises
    ------
    ValueError
        One is of another type, or out of its range.
    """
    for one in _declared(type(detector)):
        wanted = one.metadata["schema"]
        value = getattr(detector, one.name)
        if not _fits(value, wanted):
            msg = f"{one.name} must be {_told(wanted)}, got {value!r}."
            raise ValueError(msg)
        if wanted["type"] == "number":
            setattr(detector, one.name, float(value))


def values(detector: Any) -> dict[str, Any]:
    """Return the parameters of a detector, the seed among them."""
    return {one.name: getattr(detector, one.name) for one in _declared(type(detector))}


def _declare(kind: str, default: Any, title: str, description: str, **bounds: Any) -> Any:
    told = {"type": kind, "title": title, "description": description, **bounds}
    return field(default=default, metadata={"schema": told})


def _declared(cls: type[Any]) -> list[Field[Any]]:
    return [one for one in fields(cls) if "schema" in one.metadata]


def _fits(value: Any, wanted: dict[str, Any]) -> bool:
    if "enum" in wanted:
        return value in wanted["enum"]
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not (whole or (wanted["type"] == "number" and isinstance(value, float))):
        return False
    return math.isfinite(value) and bool(wanted["minimum"] <= value <= wanted["maximum"])


def _told(wanted: dict[str, Any]) -> str:
    if "enum" in wanted:
        return f"one of {', '.join(wanted['enum'])}"
    kind = "a whole number" if wanted["type"] == "integer" else "a number"
    return f"{kind} of {wanted['minimum']:,} to {wanted['maximum']:,}"
