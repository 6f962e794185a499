"""``GET /log``: the newest lines of the server's log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from standout.schemas.logs import LogPage
from standout.server.log_ring import LogRing

MAX_LINES = 2_000


def router(ring: LogRing) -> APIRouter:
    """Return the route over what a ring keeps."""
    routes = APIRouter(tags=["service"])

    @routes.get("/log")
    async def log(
        after: Annotated[int, Query(ge=0, le=2**53, description="The `next` of before.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LINES, description="Lines at most.")] = MAX_LINES,
    ) -> LogPage:
        """Tell the lines of the log after a number, oldest first; the newest if there are more.

        Only the newest 2,000 are kept, in memory; `first` is above `after` + 1 where some are
        gone. Requests for this are not in the log.
        """
        return ring.page(after=after, limit=limit)

    return routes
