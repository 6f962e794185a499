import pytest

from standout.client.address import is_loopback, socket_url, stream_url
from standout.errors import InvalidParameter


@pytest.mark.parametrize(
    ("url", "socket", "stream"),
    [
        ("http://h", "ws://h/ws/a?window=9&detail=1", "http://h/streams/a"),
        ("ws://h:81/", "ws://h:81/ws/a?window=9&detail=1", "http://h:81/streams/a"),
        ("https://h/x/", "wss://h/x/ws/a?window=9&detail=1", "https://h/x/streams/a"),
        ("wss://[::1]:9", "wss://[::1]:9/ws/a?window=9&detail=1", "https://[::1]:9/streams/a"),
    ],
)
def test_each_scheme_is_taken(url: str, socket: str, stream: str) -> None:
    assert socket_url(url, "a", window=9) == socket
    assert stream_url(url, "a") == stream


@pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://h", "http://", "http://h:99999"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidParameter, match="is not the address of a server"):
        socket_url(url, "a", window=100)


def test_loopback_is_known() -> None:
    assert is_loopback("ws://127.0.0.1:8000")
    assert is_loopback("http://localhost")
    assert not is_loopback("http://example.org")
