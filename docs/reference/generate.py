"""Write the reference pages from the code: ``python docs/reference/generate.py``."""  # noqa: INP001 - a script

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import get_args

import click
from annotated_types import Ge, Gt, Le, Lt
from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo
from routes import http_page
from tables import table

from detectors import detectors_page
from standout import errors
from standout.cli.program import program
from standout.errors import StandoutError
from standout.server import problems
from standout.settings import Settings

HERE = Path(__file__).parent
MADE = "<!-- Made by `python docs/reference/generate.py`; change the code, not this page. -->"
WIDTH = 88
SIGNS: dict[type, str] = {Ge: "≥", Gt: ">", Le: "≤", Lt: "<"}
KINDS: dict[object, str] = {Path: "a path", float: "a number", int: "a whole number"}


def pages() -> dict[str, str]:
    """Return the pages by their file names."""
    made = {
        "settings.md": settings_page(),
        "problems.md": problems_page(),
        "detectors.md": detectors_page(),
        "http.md": http_page(),
        "command-line.md": command_line_page(),
    }
    return {name: f"{MADE}\n\n{text.strip()}\n" for name, text in made.items()}


def settings_page() -> str:
    """Tell every setting, its variable, its default and its limits."""
    rows = [
        (
            f"`{'.'.join(path)}`",
            variables(path, field),
            f"`{field.default}`",
            limits(field),
            field.description or "",
        )
        for path, field in settings(Settings)
    ]
    head = ("In the file", "In the environment", "Default", "Takes", "What it is for")
    return f"""# Settings

A setting comes from the first of these that has it: an option of the command line, the
environment, the config file (`config/config.yaml`, or the one that `--config` names), the default.
In the config file a dot stands for a nested mapping.

{table(head, rows)}
"""


def settings(
    model: type[BaseModel], above: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    """Give each setting with its path, those of nested models too."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            yield from settings(kind, (*above, name))
        else:
            yield (*above, name), field


def variables(path: tuple[str, ...], field: FieldInfo) -> str:
    """Return the environment variables of a setting."""
    alias = field.validation_alias
    named = alias.choices if isinstance(alias, AliasChoices) else []
    own = "STANDOUT_" + "__".join(path).upper()
    # The name of the field itself is an alias too, for the command line and the file.
    others = [str(name) for name in named if name not in {own, path[-1]}]
    return ", ".join(f"`{name}`" for name in [own, *others])


def limits(field: FieldInfo) -> str:
    """Return the range, the words or the type that a setting takes."""
    bounds = [
        f"{SIGNS[type(bound)]} {getattr(bound, type(bound).__name__.lower()):,}"
        for bound in field.metadata
        if type(bound) in SIGNS
    ]
    pattern = next((found for m in field.metadata if (found := getattr(m, "pattern", None))), "")
    kinds = [kind for kind in get_args(field.annotation) if kind is not NoneType]
    words = re.findall(r"\w+", pattern) or [kind for kind in kinds if isinstance(kind, str)]
    if words and not bounds:
        return ", ".join(f"`{word}`" for word in words)
    return ", ".join(bounds) or KINDS.get(kinds[0] if kinds else field.annotation, "text")


def problems_page() -> str:
    """Tell every problem, its status, and when it comes."""
    words = dict(re.findall(r"[├└]── (\w+) {2,}(\S.*)", errors.__doc__ or ""))
    rows = []
    for kind in below(StandoutError):
        error = kind("")
        cells = (
            f"`{problems.type_of(error)}`",
            str(int(problems.status_of(error))),
            problems.title_of(error),
            words.get(kind.__name__, problems.title_of(error).lower()),
            f"`{kind.__name__}`",
        )
        rows.append(cells)
    return f"""# Problems

What goes wrong is answered as `{problems.MEDIA_TYPE}` (RFC 9457): `type`, `title`, `status`,
`detail` (a plain sentence), `instance`, where the input is invalid `errors`, a list of
`{{"pointer", "detail"}}`, and where it is about one of many rows `row` and `line`.

A socket sends the same object as a frame, then closes: with 1011 where the status is 503, with
1008 otherwise. Only a problem of one observation among others (`/problems/observation-conflict`)
comes in that observation's answer, and the socket stays open.

{table(("`type`", "Status", "`title`", "When", "In Python"), rows)}

Besides these, `/problems/internal-error` (500) is a mistake of ours, which the log describes, and
`about:blank` is a plain HTTP status such as 404 for a path that nothing answers.
"""


def below(kind: type[StandoutError]) -> Iterator[type[StandoutError]]:
    """Give the errors of `errors.py` under one, in the order in which they are written."""
    for sub in kind.__subclasses__():
        if sub.__module__ == errors.__name__:
            yield sub
            yield from below(sub)


def command_line_page() -> str:
    """Tell every command in the words of its own help."""
    top = click.Context(
        program, info_name="standout", terminal_width=WIDTH, **program.context_settings
    )
    parts = ["# Command line", help_of(top)]
    for name in program.list_commands(top):
        command = program.commands[name]
        parts += [f"## standout {name}", help_of(click.Context(command, top, name))]
    return "\n\n".join(parts)


def help_of(context: click.Context) -> str:
    """Return a command's help as a block of text."""
    return f"```text\n{context.get_help()}\n```"


if __name__ == "__main__":
    for file_name, text in pages().items():
        (HERE / file_name).write_text(text, encoding="utf-8")
