import pytest
from starlette.requests import Request

from standout.server.web.pages import wants_html

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def request(*accept: str) -> Request:
    headers = [(b"accept", value.encode()) for value in accept]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ((), False),
        (("",), False),
        (("*/*",), False),
        (("application/json",), False),
        (("application/json, text/plain, */*",), False),
        (("text/html, application/json",), False),
        (("text/html;q=0.5, application/json",), False),
        (("text/html;q=0, */*",), False),
        (("text/html;q=nonsense, application/json;q=0.1",), False),
        (("text/html;q=nan",), False),
        (("text/html",), True),
        (("TEXT/HTML; Q=0.9",), True),
        (("text/*",), True),
        (("text/html, */*",), True),
        (("application/json;q=0.2, text/html;q=0.3",), True),
        ((FIREFOX,), True),
        (("application/json;q=0.1", "text/html"), True),
    ],
)
def test_a_page_goes_to_who_prefers_it(accept: tuple[str, ...], expected: bool) -> None:
    assert wants_html(request(*accept)) is expected
