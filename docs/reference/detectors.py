"""The page of the detectors, from what the server tells of them."""  # noqa: INP001 - beside a script

from __future__ import annotations

import json

from routes import kind
from tables import table

from standout.schemas.detectors import DetectorInfo, Task
from standout.service.detectors import detectors

TASKS: dict[Task, tuple[str, str]] = {
    "stream": (
        "For streams",
        "They score each observation before they learn it: `detector` of a stream that is made.",
    ),
    "series": (
        "For whole series",
        "They see all rows at once, later ones, too. Detectors for streams can be named, as well.",
    ),
    "table": ("For tables", "They are trained on a dataset: `algorithm` of a model."),
}


def detectors_page() -> str:
    """Tell every detector: what it is good and bad at, its cost, its parameters."""
    known = detectors()
    parts = ["# Detectors", _introduction(known.auto)]
    for task, (title, words) in TASKS.items():
        found = [one for one in known.detectors if one.task == task]
        parts += [f"## {title}", words, _overview(found)]
        alike: dict[str, str] = {}
        for one in found:
            first = alike.setdefault(json.dumps(one.params, sort_keys=True), one.name)
            parts.append(_told(one, first))
    return "\n\n".join(parts)


def _introduction(auto: dict[Task, str]) -> str:
    return (
        "A running server tells the same at `GET /detectors`, with a JSON Schema of the "
        f"parameters. `auto` stands for `{auto['stream']}` in a stream; for a whole series and "
        "for a table it is a detector of its own."
    )


def _overview(found: list[DetectorInfo]) -> str:
    head = ("Name", "What it is", "Cost")
    return table(head, [(f"`{one.name}`", one.title, one.cost) for one in found])


def _told(one: DetectorInfo, first: str) -> str:
    """Tell one; `first` is the first detector with the same parameters."""
    default = " The default." if one.default else ""
    parts = [
        f"### {one.name} ({one.task})",
        f"{one.summary}{default}",
        f"*Good at:* {one.good_at}",
        f"*Bad at:* {one.bad_at}",
    ]
    if one.voters and one.voters != [one.name]:
        parts.append("*Votes:* " + ", ".join(f"`{voter}`" for voter in one.voters) + ".")
    if one.warmup:
        parts.append(f"*Warm-up* at its defaults: {one.warmup} observations.")
    if first != one.name:
        return "\n\n".join([*parts, f"Its parameters are those of `{first}`."])
    rows = [
        (f"`{name}`", kind(of), str(of.get("description", "")))
        for name, of in one.params.get("properties", {}).items()
    ]
    if rows:
        parts.append(table(("Parameter", "Type, limits, default", "Meaning"), rows))
    return "\n\n".join(parts)
