"""What the page of settings tells of the server: nothing secret is among it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

from standout import __version__
from standout.server.web.assets import FOLDER
from standout.settings import Settings

NAMES: Final = {
    "font": "Atkinson Hyperlegible Next",
    "swagger-ui": "Swagger UI",
    "uplot": "uPlot",
    "htmx": "htmx",
}

BYTES: Final = {"max_upload_size", "max_frame_bytes", "max_training_memory", "max_cached"}
"""Settings that are sizes."""


def about(settings: Settings) -> dict[str, Any]:
    """Return what the template names: version, settings, and licences of what the pages use."""
    return {
        "version": __version__,
        "settings": list(_told(settings)),
        "licences": [
            (NAMES.get(path.parent.name, path.parent.name), path.relative_to(FOLDER).as_posix())
            for path in sorted((FOLDER / "vendor").glob("*/LICENSE"))
        ],
    }


def _told(settings: BaseModel, above: str = "") -> Iterator[tuple[str, str, str]]:
    """Give each setting with its path, its value and what it is for."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _told(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", _value(name, value), field.description or ""


def _value(name: str, value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool) or not isinstance(value, int | float) or name == "port":
        return str(value)
    number = f"{value:,}" if isinstance(value, int) else f"{value:,g}"
    if name in BYTES:
        return _bytes(int(value))
    return f"{number} s" if name.endswith("_s") else number


def _bytes(n: int) -> str:
    """Return bytes in the largest unit that tells them exactly."""
    for power, unit in ((1_000**3, "GB"), (1_024**3, "GiB"), (1_000**2, "MB"), (1_024**2, "MiB")):
        if n >= power and n % power == 0:
            return f"{n // power:,} {unit}"
    return f"{n:,} bytes"
