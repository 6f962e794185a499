"""The sockets' routes."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from standout.bootstrap import Services
from standout.errors import InvalidParameter
from standout.server.live.observations import close_with, serve_observations
from standout.server.live.watch import watch_stream, watch_streams


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter()

    # A path, so that an id with a slash gets a problem that says so, not a closed door.
    @routes.websocket("/ws/{client_id:path}")
    async def observations(websocket: WebSocket, client_id: str) -> None:
        await serve_observations(websocket, services, client_id)

    @routes.websocket("/ws")
    async def observations_by_query(websocket: WebSocket) -> None:
        client_id = websocket.query_params.get("client_id")
        if client_id is None:
            await websocket.accept()
            await close_with(websocket, InvalidParameter("client_id is missing in the query."))
            return
        await serve_observations(websocket, services, client_id)

    @routes.websocket("/live/streams/{stream_id:path}")
    async def live_stream(websocket: WebSocket, stream_id: str) -> None:
        await watch_stream(websocket, services, stream_id)

    @routes.websocket("/live/streams")
    async def live_streams(websocket: WebSocket) -> None:
        await watch_streams(websocket, services)

    return routes
