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
            yield f"{above}{name}", _value(value), field.description or ""


def _value(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}" if value >= 10_000 else str(value)  # noqa: PLR2004 - a year, a port
    return "not set" if value is None else str(value)
