"""Labels in SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from standout.domain.labels import Label

# The same person's word on the same stretch takes the place of the former.
_PUT: Final = """
INSERT INTO labels (tenant, stream, from_us, to_us, word, note, who, created_us)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, stream, from_us, to_us, who)
DO UPDATE SET word = excluded.word, note = excluded.note, created_us = excluded.created_us
RETURNING id
"""

_DELETE: Final = "DELETE FROM labels WHERE tenant = ? AND stream = ? AND id = ?"

SELECT: Final = """
SELECT id, stream, from_us, to_us, word, note, who, created_us FROM labels
WHERE tenant = ? AND stream = ? AND id > ? ORDER BY id LIMIT ?
"""


def put(connection: sqlite3.Connection, tenant: int, label: Label) -> Label:
    """Insert a label, or replace the one in its place; return it with its number."""
    values = (
        tenant,
        label.stream,
        label.from_us,
        label.to_us,
        label.word,
        label.note,
        label.who,
        label.created_us,
    )
    (number,) = connection.execute(_PUT, values).fetchone()
    return replace(label, id=number)


def delete(connection: sqlite3.Connection, tenant: int, stream: int, number: int) -> bool:
    """Delete a label of a stream; tell whether there was one."""
    return connection.execute(_DELETE, (tenant, stream, number)).rowcount > 0


def as_label(row: Sequence[Any]) -> Label:
    """Return a selected row as a label."""
    number, stream, from_us, to_us, word, note, who, created_us = row
    return Label(
        id=number,
        stream=stream,
        from_us=from_us,
        to_us=to_us,
        word=word,
        note=note,
        who=who,
        created_us=created_us,
    )
