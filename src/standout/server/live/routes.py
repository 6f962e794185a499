"""The sockets' routes."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, WebSocket
from starlette.convertors import Convertor, register_url_convertor

from standout.bootstrap import Services
from standout.errors import InvalidParameter
from standout.server.live import openapi
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

    def upgrade_required() -> None:
        """Say that this is a WebSocket."""
        raise HTTPException(426, "This is a WebSocket; open it with ws:// or wss://.")

    for path, described in (
        ("/ws/{client_id}", openapi.observations()),
        ("/live/streams", openapi.streams_watch()),
        ("/live/streams/{stream_id}", openapi.stream_watch()),
    ):
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in ("client_id", "stream_id")
            if f"{{{name}}}" in path
        ]
        routes.get(
            path,
            tags=["sockets"],
            name=path,
            summary="WebSocket",
            status_code=426,
            openapi_extra={"parameters": parameters},
            **described,
        )(upgrade_required)
    return routes
