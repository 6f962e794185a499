"""What the forms of an observation share: values of several channels, and numbers of senders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from standout.errors import MalformedMessage
from standout.schemas.frames import MAX_CHANNELS


def one_vector(value: Any) -> list[float | None]:
    """Return the channels of one observation that was sent as a frame or body of its own.

    Raises
    ------
    MalformedMessage
        It has none, more than 64, or lists in it.
    """
    if not 1 <= len(value) <= MAX_CHANNELS or list in set(map(type, value)):
        msg = f"An observation has 1 to {MAX_CHANNELS} numbers; in columns, both keys are lists."
        raise MalformedMessage(msg)
    return list(value)


def all_keys(found: Sequence[int | msgspec.UnsetType]) -> list[int]:
    """Return the senders' own numbers.

    Raises
    ------
    MalformedMessage
        One is missing.
    """
    keys = [seq for seq in found if not isinstance(seq, msgspec.UnsetType)]
    if len(keys) < len(found):
        raise missing_seq().at(1 + [isinstance(s, msgspec.UnsetType) for s in found].index(True))
    return keys


def missing_seq() -> MalformedMessage:
    """Return the error of an observation without a number, where one is wanted."""
    return MalformedMessage(
        "The stream was made with duplicates=keep; each observation needs a `seq` of its own, "
        "a whole number from 0."
    )
