import pytest

from standout.client.problems import error_of
from standout.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    StandoutError,
    StreamNotFound,
    Unavailable,
)
from standout.schemas.frames import ProblemFrame


@pytest.mark.parametrize(
    ("slug", "status", "kind"),
    [
        ("/problems/stream-not-found", 404, StreamNotFound),
        ("https://example.org/problems/stream-not-found/", 404, StreamNotFound),
        ("about:blank", 404, NotFound),
        ("about:blank", 409, Conflict),
        ("about:blank", 422, InvalidInput),
        ("about:blank", 503, Unavailable),
    ],
)
def test_a_problem_becomes_its_error(slug: str, status: int, kind: type[StandoutError]) -> None:
    error = error_of(ProblemFrame(slug, "Title", status, "Why."))
    assert type(error) is kind
    assert str(error) == "Why."
