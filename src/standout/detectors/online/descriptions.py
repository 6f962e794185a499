"""What a person wants to know of a stream's detector before choosing it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any

from standout.detectors.online.novelty_params import MOST_LEVEL, MOST_PER_1000
from standout.detectors.online.vote_params import MAX_SEED, MAX_WINDOW, MIN_WINDOW

HIDDEN = "decider"
"""The parameter that a detector's name says."""

Bounds = Mapping[str, Mapping[str, float]]

_COMMON: Bounds = {
    "window": {"minimum": MIN_WINDOW, "maximum": MAX_WINDOW},
    "seed": {"minimum": 0, "maximum": MAX_SEED - 1},
}
VOTE_BOUNDS: Bounds = {
    **_COMMON,
    **{name: {"exclusiveMinimum": 0} for name in ("z_limit", "fence", "ewma_limit", "ma_limit")},
    "alpha": {"exclusiveMinimum": 0, "maximum": 1},
    "span": {"minimum": 2, "maximum": MIN_WINDOW},
    "isolation": {"exclusiveMinimum": 0.5, "exclusiveMaximum": 1},
}
NOVELTY_BOUNDS: Bounds = {
    **_COMMON,
    "level": {"exclusiveMinimum": 0, "maximum": MOST_LEVEL},
    "alarms_per_1000": {"minimum": 0, "maximum": MOST_PER_1000},
    "alarms_per_day": {"minimum": 0},
    "rows_per_day": {"minimum": 0},
}

BASELINE_BOUNDS: Bounds = {
    "window": _COMMON["window"],
    "multiplier": {"exclusiveMinimum": 0},
    "std": {"exclusiveMinimum": 0},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a detector is good and bad at.

    Parameters
    ----------
    title, summary
        Its name in print, and what it does in a sentence.
    good_at, bad_at, cost
        In words.
    bounds
        Ranges of its parameters, as JSON Schema has them.
    """

    title: str
    summary: str
    good_at: str
    bad_at: str
    cost: str
    bounds: Bounds = field(default_factory=dict)


_VOTE_COST = "0.3 microseconds a value and 2.6 kB a stream at a window of 100."
VOTE = Description(
    title="Vote of five",
    summary="An anomaly is what three of five simple detectors call one.",
    good_at="Spikes, drops, and the onset of a new level, against the last values.",
    bad_at=(
        "What repeats more slowly than the window looks new each time; changes of shape within the "
        "usual range are not seen; a large anomaly hides smaller ones while it is in the window."
    ),
    cost=_VOTE_COST,
    bounds=VOTE_BOUNDS,
)
NOVELTY = Description(
    title="Novelty",
    summary=(
        "Ranks how new a value, its step, the shapes that it ends and the way these went on are, "
        "among all that was new in the stream before."
    ),
    good_at=(
        "Values in gaps of what was seen, new levels, missing or odd beats and days, few false "
        "alarms; the most accurate on streams."
    ),
    bad_at=(
        "What has happened before, however bad; a known shape at the wrong time; the first 1,500 "
        "values, in which everything is new."
    ),
    cost="8 microseconds a value and 232 kB a stream.",
    bounds=NOVELTY_BOUNDS,
)
NOVELTY_CORE = Description(
    title="Novelty of values",
    summary="Ranks how far a value lies from all values of the stream so far.",
    good_at="Values in gaps of what was seen, inside the usual range or outside.",
    bad_at="Everything that shows in steps or shapes only; heart beats, machines, chaotic series.",
    cost="0.5 microseconds a value and 19 kB a stream.",
    bounds=NOVELTY_BOUNDS,
)

BASELINE = Description(
    title="Baseline",
    summary="Flags values more than so many standard deviations from a mean, given or rolling.",
    good_at="Values with a known normal range, as a machine's data sheet has it.",
    bad_at="Seasons, drift, heavy tails; a rolling range is widened by every outlier in it.",
    cost="About half a microsecond a value at a window of 100.",
    bounds=BASELINE_BOUNDS,
)


def voter(name: str) -> Description:
    """Return what is said of a single voter of the vote."""
    plain = name.replace("_", " ")
    return Description(
        title=f"Vote: {plain} alone",
        summary=f"The {plain} voter decides alone; the others' votes are told, too.",
        good_at="Seeing what one of the five makes of a stream.",
        bad_at="Any one of them raises more false alarms than the majority, or misses more.",
        cost=_VOTE_COST,
        bounds=VOTE_BOUNDS,
    )


def schema(params: type, bounds: Bounds, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema of a dataclass of parameters, with the words of its docstring.

    Parameters
    ----------
    params
        A dataclass whose docstring explains each field.
    bounds
        Ranges by name.
    defaults
        What the detector's name decides instead of the class.
    """
    words = explained(params)
    properties: dict[str, Any] = {}
    for one in fields(params):
        default = defaults.get(one.name, one.default)
        if one.name == HIDDEN or not one.init or default is MISSING:
            continue
        kind: Any = "integer" if isinstance(default, int) else "number"
        if default is None:
            kind = ["number", "null"]
        told = {"type": kind, "description": words.get(one.name, ""), "default": default}
        properties[one.name] = {**told, **bounds.get(one.name, {})}
    return {"type": "object", "properties": properties, "additionalProperties": False}


@cache
def explained(kind: type) -> Mapping[str, str]:
    """Return what a class's docstring says of each of its parameters."""
    doc = inspect.cleandoc(kind.__doc__ or "")
    section = re.split(r"\n\n\w+\n-+\n", doc.partition("Parameters\n----------\n")[2])[0]
    return {
        name: " ".join(text.split())
        for names, text in re.findall(r"^(\w+(?:, \w+)*)\n((?:    .*\n?)+)", section, re.MULTILINE)
        for name in names.split(", ")
    }
