"""Pages of what is numbered in the order in which it was made, newest first."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Query

from standout.errors import InvalidParameter

Limit = Annotated[int, Query(ge=1, le=1_000, description="Entries of a page.")]
After = Annotated[str | None, Query(description="The `next` of the page before.")]


def number_of(after: str | None) -> int | None:
    """Return the number that a page goes on below.

    Raises
    ------
    InvalidParameter
        No page has given this.
    """
    if after is None:
        return None
    if re.fullmatch(r"[0-9]{1,18}", after, re.ASCII):
        return int(after)
    raise InvalidParameter(f"after must be the `next` of another page, got {after[:40]!r}.")


def next_of(numbers: list[int], limit: int) -> str | None:
    """Return the `next` of a page, of numbers that were read with one more than its limit."""
    return str(numbers[limit - 1]) if len(numbers) > limit else None
