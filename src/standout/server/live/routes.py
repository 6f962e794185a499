"""The sockets' routes."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket
from starlette.convertors import Convertor, register_url_convertor

from standout.bootstrap import Services
from standout.errors import InvalidParameter
from standout.server.live.observations import close_with, serve_observations
from standout.server.live.watch import watch_stream, watch_streams


class AnyText(Convertor[str]):
    """Any text at all, so that a wrong id gets a problem that says so, not a closed door."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Return it as it is."""
        return value


register_url_convertor("any", AnyText())


def router(services: Services) -> APIRouter:
    """Return the routes over these services."""
    routes = APIRouter()

    @routes.websocket("/ws/{client_id:any}")
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

    @routes.websocket("/live/streams/{stream_id:any}")
    async def live_stream(websocket: WebSocket, stream_id: str) -> None:
        await watch_stream(websocket, services, stream_id)

    @routes.websocket("/live/streams")
    async def live_streams(websocket: WebSocket) -> None:
        await watch_streams(websocket, services)

    return routes
