"""Runs: small models of running statistics, each under the token of its user."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from standout.domain.ids import MAX_LENGTH
from standout.errors import InvalidParameter
from standout.kernels.scatter import Scatter

# What the service that runs follow has said: two generations of it, each in its own words.
NO_MODEL: Final = (
    "No fitted model found for the given user and run ID. Unauthorized or model not found."
)
NO_DATA: Final = (
    "No stored data found for the given user and run ID. Unauthorized or model not found."
)
BAD_TRAINING: Final = "Invalid training data format."
BAD_INPUT: Final = "Invalid input data format."
OTHER_WIDTH: Final = "Input data dimensions do not match training data."


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run as it stood at one moment.

    Parameters
    ----------
    token
        Its user's; a run is found by both.
    id
        Its name among the runs of the token.
    sums
        What it knows of its rows.
    created_us, updated_us
        When it was first fitted, and when it last learnt, microseconds UTC.
    number
        The store's number for it; 0 before it is kept.
    """

    token: str
    id: str
    sums: Scatter
    created_us: int
    updated_us: int
    number: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one row.

    Parameters
    ----------
    z_score
        Largest size of a value's distance from its mean, in standard deviations.
    density
        Smallest of the values' Gaussian densities; in 1 / unit, and so dependent on units.
    probability
        Smallest of the values' densities over that at their mean, in [0, 1].
    distance
        Mahalanobis distance from the mean, in standard deviations.
    anomaly
        Whether the row is flagged, by `z_score` and `distance`.
    """

    z_score: float
    density: float
    probability: float
    distance: float
    anomaly: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedAnomaly:
    """A row that a run has flagged.

    Parameters
    ----------
    at_us
        When, microseconds UTC.
    values
        The row.
    finding
        What was found of it.
    id
        The store's number for it; 0 before it is kept. It ascends.
    """

    at_us: int
    values: tuple[float, ...]
    finding: Finding
    id: int = 0


def check_run_name(what: str, name: str) -> str:
    """Return a token or the id of a run, if it may be one.

    Parameters
    ----------
    what
        What it is, for the message.

    Raises
    ------
    InvalidParameter
        Empty, over 200 characters, or with a slash or a control character.
    """
    if not 1 <= len(name) <= MAX_LENGTH:
        raise InvalidParameter(f"{what} has 1 to {MAX_LENGTH} characters, got {len(name)}.")
    # Cc are control characters, Cs lone surrogates, which no UTF-8 can carry.
    if "/" in name or any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        raise InvalidParameter(f"{what} has no slash and no control character, got {name!r}.")
    return name
