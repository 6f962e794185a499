"""What answers at ``/``, ``/health`` and ``/client/{client_id}``."""

from __future__ import annotations

from fastapi import APIRouter, Response

from standout import __version__
from standout.bootstrap import Services
from standout.domain.times import now_us, to_iso
from standout.errors import StandoutError
from standout.schemas.streams import Health, Welcome


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter(tags=["service"])

    @routes.get("/health")
    async def health(response: Response) -> Health:
        """Tell whether observations can be kept; 503 if not."""
        try:
            services.store.check()
            state = "ok"
        except StandoutError as error:
            state = str(error)
            response.status_code = 503
        return Health(
            status="healthy" if state == "ok" else "unhealthy",
            timestamp=to_iso(now_us()),
            version=__version__,
            store=state,
            active_clients=services.presence.count(),
        )

    return routes


def welcome(services: Services) -> Welcome:
    """Return what programs get at ``/``."""
    return Welcome(
        message="Standout finds what stands out in numbers.",
        version=__version__,
        docs="/docs",
        active_clients=services.presence.ids(),
    )
