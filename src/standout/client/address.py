"""Addresses of a server: where its sockets and where its pages and routes are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from standout.domain.ids import check_stream_id
from standout.errors import InvalidParameter

_SECURE = {"http": False, "ws": False, "https": True, "wss": True}


def socket_url(url: str, client_id: str, *, window: int | None) -> str:
    """Return the address of a stream's socket, with detailed answers.

    Parameters
    ----------
    url
        Address of the server: http, https, ws or wss, with a path if it is behind a proxy.
    client_id
        Id of the stream; it is percent-encoded.
    window
        Observations that the detector looks back on; None is not named.

    Raises
    ------
    InvalidParameter
        The address is of another kind.
    """
    asked = {} if window is None else {"window": window}
    return _address(url, ("ws", client_id), {**asked, "detail": 1}, secure="wss", plain="ws")


def live_url(url: str, stream_id: str, *, after: int | None = None) -> str:
    """Return the address of the socket that tells of a stream; raises as `stream_route`.

    `after` is the number of the last observation that is known.
    """
    asked: dict[str, object] = {} if after is None else {"after": after}
    return _address(
        url, ("live", "streams", check_stream_id(stream_id)), asked, secure="wss", plain="ws"
    )


def stream_url(url: str, client_id: str) -> str:
    """Return the address of what is told of a stream, over HTTP; `url` as for `socket_url`."""
    return http_url(url, "streams", client_id)


def http_url(url: str, *segments: str, **query: object) -> str:
    """Return an address over HTTP.

    Parameters
    ----------
    url
        As for `socket_url`.
    segments
        Of the path; each is percent-encoded.
    query
        What is None is left out; ``from_`` becomes ``from``.
    """
    asked = {name.rstrip("_"): value for name, value in query.items() if value is not None}
    return _address(url, segments, asked, secure="https", plain="http")


def stream_route(url: str, stream_id: str, *segments: str, **query: object) -> str:
    """Return the address of a route of a stream; as `http_url`.

    Raises
    ------
    InvalidStreamId
        No stream may be called so.
    """
    return http_url(url, "streams", check_stream_id(stream_id), *segments, **query)


def is_loopback(url: str) -> bool:
    """Tell whether an address is on this machine, where no proxy has a place."""
    host = _split(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def proxy_for(url: str) -> Literal[True] | None:
    """Return whether a socket goes through the proxy of the environment, as websockets is told."""
    return None if is_loopback(url) else True


def _address(
    url: str, segments: Iterable[str], query: dict[str, object], *, secure: str, plain: str
) -> str:
    parts = _split(url)
    path = "/".join([parts.path.rstrip("/"), *map(_quoted, segments)])
    scheme = secure if _SECURE[parts.scheme] else plain
    return parts._replace(scheme=scheme, path=path, query=urlencode(query), fragment="").geturl()


def _quoted(segment: str) -> str:
    quoted = quote(segment, safe="")
    # "." and ".." would be taken for steps in the path, and lead to another route.
    return quoted.replace(".", "%2E") if segment in {".", ".."} else quoted


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
