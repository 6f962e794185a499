"""``/metrics``: for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from standout.bootstrap import Services


def router(services: Services) -> APIRouter:
    """Return the route over these services."""
    routes = APIRouter(tags=["service"])

    @routes.get(
        "/metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text."}},
    )
    def metrics() -> Response:
        """Tell counts and times since the start, in Prometheus' text format."""
        return Response(services.meters.render(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return routes
