"""Every error has a status and a name."""

from __future__ import annotations

import inspect

import pytest

from standout import errors
from standout.errors import StandoutError
from standout.server.problems import as_frame, as_row, status_of, title_of, type_of

ERRORS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, StandoutError) and kind is not StandoutError
]


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_is_a_problem(kind: type[StandoutError]) -> None:
    error = kind("What was got, and what was wanted.")
    assert 400 <= status_of(error) < 600
    assert status_of(error) != 500
    assert type_of(error).startswith("/problems/")
    assert type_of(error) == type_of(error).lower()
    assert title_of(error)
    frame, row = as_frame(error, "/ws/a"), as_row(error)
    assert frame.detail == row.detail == "What was got, and what was wanted."
    assert frame.type == row.type


def test_the_tree_is_drawn_whole() -> None:
    drawn = errors.__doc__ or ""
    for kind in ERRORS:
        assert kind.__name__ in drawn
