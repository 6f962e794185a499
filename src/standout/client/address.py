"""Addresses of a server: where its sockets and where its pages and routes are."""

from __future__ import annotations

from urllib.parse import SplitResult, quote, urlencode, urlsplit

from standout.errors import InvalidParameter

_SECURE = {"http": False, "ws": False, "https": True, "wss": True}


def socket_url(url: str, client_id: str, *, window: int) -> str:
    """Return the address of a stream's socket, with detailed answers.

    Parameters
    ----------
    url
        Address of the server: http, https, ws or wss, with a path if it is behind a proxy.
    client_id
        Id of the stream; it is percent-encoded.
    window
        Observations that the detector looks back on.

    Raises
    ------
    InvalidParameter
        The address is of another kind.
    """
    parts = _split(url)
    scheme = "wss" if _SECURE[parts.scheme] else "ws"
    path = f"{parts.path.rstrip('/')}/ws/{quote(client_id, safe='')}"
    query = urlencode({"window": window, "detail": 1})
    return parts._replace(scheme=scheme, path=path, query=query, fragment="").geturl()


def stream_url(url: str, client_id: str) -> str:
    """Return the address of what is told of a stream, over HTTP; `url` as for `socket_url`."""
    parts = _split(url)
    scheme = "https" if _SECURE[parts.scheme] else "http"
    path = f"{parts.path.rstrip('/')}/streams/{quote(client_id, safe='')}"
    return parts._replace(scheme=scheme, path=path, query="", fragment="").geturl()


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine, where no proxy has a place."""
    host = _split(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in _SECURE and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        wanted = "http://127.0.0.1:8000 (or https, ws, wss) was wanted"
        raise InvalidParameter(f"{url!r} is not the address of a server; one like {wanted}.")
    return parts
