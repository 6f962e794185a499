"""Parameters of detectors of whole series: declared once, for the check and the JSON Schema."""

from __future__ import annotations

from dataclasses import Field, field, fields
from typing import Any


def integer(default: int, description: str, *, minimum: int, maximum: int) -> Any:
    """Declare a whole number between two bounds, both included."""
    bounds = {"minimum": minimum, "maximum": maximum}
    return _declare({"type": "integer", **bounds}, default, description)


def switch(default: bool, description: str) -> Any:
    """Declare a yes or no."""
    return _declare({"type": "boolean"}, default, description)


def seed() -> Any:
    """Declare the seed."""
    return integer(0, "Decides every draw.", minimum=0, maximum=2**31 - 1)


def schema(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of a detector's parameters."""
    properties = {
        one.name: {**one.metadata["schema"], "default": one.default} for one in _declared(cls)
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def check(detector: Any) -> None:
    """Check every parameter of a detector.

    Raises
    ------
    ValueError
        One is of another type, or out of its range.
    """
    for one in _declared(type(detector)):
        value, wanted = getattr(detector, one.name), one.metadata["schema"]
        if not _fits(value, wanted):
            msg = f"{one.name} must be {_told(wanted)}, got {value!r}."
            raise ValueError(msg)


def values(detector: Any) -> dict[str, Any]:
    """Return the parameters of a detector."""
    return {one.name: getattr(detector, one.name) for one in _declared(type(detector))}


def _declare(wanted: dict[str, Any], default: Any, description: str) -> Any:
    return field(default=default, metadata={"schema": {**wanted, "description": description}})


def _declared(cls: type[Any]) -> list[Field[Any]]:
    return [one for one in fields(cls) if "schema" in one.metadata]


def _fits(value: Any, wanted: dict[str, Any]) -> bool:
    if wanted["type"] == "boolean":
        return isinstance(value, bool)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and bool(wanted["minimum"] <= value <= wanted["maximum"])


def _told(wanted: dict[str, Any]) -> str:
    if wanted["type"] == "boolean":
        return "true or false"
    return f"a whole number of {wanted['minimum']:,} to {wanted['maximum']:,}"
