"""The WebSocket endpoint: checks the origin, does the opening handshake, and closes connections with a reason."""

import asyncio
import logging

from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from vae.errors import ZscopeError
from vae.message import N_, message
from zscope.serving.closing import close_with_reason
from zscope.serving.connection import Connection
from zscope.serving.engine import Engine
from zscope.serving.handshake import error_text, opened_text, parse_open
from zscope.serving.http_errors import EngineClosedError, close_code_of
from zscope.serving.hub import Hub
from zscope.serving.memory import MemoryBudget
from zscope.serving.origins import AllowedOrigin, accept_same_origin
from zscope.serving.protocol import CloseCode, MalformedFrameError

__all__ = ["LiveEndpoint", "live_route"]

LOGGER = logging.getLogger(__name__)


def live_route(hub: Hub, path: str = "/live", allowed_origin: AllowedOrigin | None = None) -> WebSocketRoute:
    """Return the route of the live channel for a Starlette application.

    Args:
        hub: the engines of the models.
        path: of the route.
        allowed_origin: `(origin, host) → bool`, called for origins that differ from the host; None refuses them all.
    """
    return WebSocketRoute(path, LiveEndpoint(hub, allowed_origin=allowed_origin))


class LiveEndpoint:
    """An ASGI application for WebSockets, with the open connections of this server.

    Args:
        hub: the engines of the models.
        allowed_origin: see `live_route`.
        max_connections: a client beyond this number is refused.
        opening_seconds: time that a connected client has to send the opening.
        reply_bytes: memory for all replies that clients have not read yet; see `Outbox`.
    """

    def __init__(
        self,
        hub: Hub,
        *,
        allowed_origin: AllowedOrigin | None = None,
        max_connections: int = 512,
        opening_seconds: float = 10.0,
        reply_bytes: int = 256 << 20,
    ):
        self.connections: dict[WebSocket, Connection | None] = {}  # None until the opening is done
        self._hub = hub
        self._replies = MemoryBudget(reply_bytes)
        self._allowed_origin = allowed_origin
        self._max_connections = max_connections
        self._opening_seconds = opening_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not await accept_same_origin(websocket, "a live connection", self._allowed_origin):
            return
        if len(self.connections) >= self._max_connections:
            await close_with_reason(
                websocket,
                CloseCode.FULL,
                message(
                    "{max_connections} connections are open. Try again later.", max_connections=self._max_connections
                ),
            )
            return
        self.connections[websocket] = None
        try:
            await self._serve(websocket)
        finally:
            del self.connections[websocket]

    async def _serve(self, websocket: WebSocket) -> None:
        try:
            engine = await self._open(websocket)
            if engine is not None:
                self.connections[websocket] = connection = Connection(websocket, engine, self._replies)
                await connection.run()
        except WebSocketDisconnect:
            pass  # a client may disconnect at any time
        except (MalformedFrameError, EngineClosedError) as fault:
            await close_with_reason(websocket, close_code_of(fault), fault.message)
        except Exception as defect:
            LOGGER.exception("a live connection failed")
            await close_with_reason(websocket, close_code_of(defect), N_("The server failed on this connection."))

    async def _open(self, websocket: WebSocket) -> Engine | None:
        """Return the engine of the requested model; None after the client was refused."""
        try:
            async with asyncio.timeout(self._opening_seconds):
                received = await websocket.receive()
        except TimeoutError:
            await close_with_reason(
                websocket,
                CloseCode.REFUSED,
                message(
                    "No opening was received within {opening_seconds} s.", opening_seconds=f"{self._opening_seconds:g}"
                ),
            )
            return None
        if received["type"] == "websocket.disconnect":
            return None
        if received.get("text") is None:
            raise MalformedFrameError(
                "The client sent binary data before the opening; expected JSON text.", CloseCode.WRONG_KIND
            )
        model_id = ""
        try:
            model_id = parse_open(received["text"])
            # Shielded: other clients may wait for the same model when this one disconnects.
            engine = await asyncio.shield(asyncio.wrap_future(self._hub.opening(model_id)))
        except (MalformedFrameError, EngineClosedError):
            raise
        except ZscopeError as fault:
            await self._refuse(websocket, fault)
            return None
        except Exception as defect:
            LOGGER.exception("the model %.200r cannot be loaded", model_id)
            await self._refuse(websocket, defect)
            return None
        await websocket.send_text(opened_text(engine.servable, engine.layout))
        return engine

    @staticmethod
    async def _refuse(websocket: WebSocket, fault: Exception) -> None:
        await websocket.send_text(error_text(fault))
        reason = fault.message if isinstance(fault, ZscopeError) else N_("The server failed.")
        await close_with_reason(websocket, close_code_of(fault), reason)
