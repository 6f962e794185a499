"""Settings, with errors that a person can read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from standout.errors import InvalidParameter, UnreadableFile

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from standout.settings import Settings


def read_settings(config: Path | None, **arguments: Any) -> Settings:
    """Read the settings of a server.

    Parameters
    ----------
    config
        YAML file, or None for the usual place.
    arguments
        What was given on the command line; None means not given.

    Raises
    ------
    InvalidParameter
        Settings of the wrong type or out of range; names each.
    UnreadableFile
        The config file is not YAML, or not a mapping.
    """
    from pydantic import ValidationError
    from yaml import YAMLError

    from standout.settings import load_settings

    try:
        return load_settings(config, **arguments)
    except ValidationError as error:
        told = "; ".join(_told(detail) for detail in error.errors())
        raise InvalidParameter(f"The settings cannot be used: {told}.") from None
    except YAMLError as error:
        told = " ".join(str(error).split())
        raise UnreadableFile(f"The config file is not YAML: {told}.") from None
    except (TypeError, ValueError):  # what comes of a file that holds a list or a text
        wanted = "lines like `port: 8000` were wanted"
        raise UnreadableFile(f"The config file is not a list of settings; {wanted}.") from None


def _told(detail: ErrorDetails) -> str:
    name = ".".join(map(str, detail["loc"])) or "the file"
    return f"{name} is {detail['input']!r}: {detail['msg']}"
