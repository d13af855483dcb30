"""The WebSocket endpoint: who may connect, the opening, and how a connection ends."""

import asyncio
import contextlib
import logging

from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from vae.errors import ZscopeError
from zscope.serving.connection import Connection
from zscope.serving.engine import Engine
from zscope.serving.handshake import error_text, opened_text, parse_open
from zscope.serving.http_errors import EngineClosedError, close_code_of
from zscope.serving.hub import Hub
from zscope.serving.memory import MemoryBudget
from zscope.serving.origins import AllowedOrigin, is_same_origin
from zscope.serving.protocol import CloseCode, MalformedFrameError

__all__ = ["LiveEndpoint", "live_route"]

LOGGER = logging.getLogger(__name__)
_REASON_BYTES = 123  # RFC 6455, section 5.5: a control frame holds 125 bytes, 2 of them the close code
_CLOSE_SECONDS = 5.0  # a client that does not read cannot be told; do not wait for it


def live_route(hub: Hub, path: str = "/live", allowed_origin: AllowedOrigin | None = None) -> WebSocketRoute:
    """The route that puts the live channel into a Starlette application.

    Args:
        hub: where the models come from.
        path: of the route.
        allowed_origin: `(origin, host) → bool`, asked about origins that differ from the host; None refuses them all.
    """
    return WebSocketRoute(path, LiveEndpoint(hub, allowed_origin=allowed_origin))


class LiveEndpoint:
    """An ASGI application for WebSocket scopes. Holds the connections of this server.

    Args:
        hub: where the models come from.
        allowed_origin: see `live_route`.
        max_connections: beyond it a client is told to try later.
        opening_seconds: how long a connected client may take to say what it wants.
        reply_bytes: of all replies that clients have not read yet; see `Outbox`.
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
        if not is_same_origin(websocket.headers, self._allowed_origin):
            LOGGER.warning("refused a live connection from the origin %.200r", websocket.headers.get("origin"))
            await websocket.close()  # before accept: the server answers 403
            return
        await websocket.accept()
        if len(self.connections) >= self._max_connections:
            await _close(websocket, CloseCode.FULL, f"{self._max_connections} connections are open; try again later.")
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
            pass  # the client has gone, which it may do at any time
        except (MalformedFrameError, EngineClosedError) as fault:
            await _close(websocket, close_code_of(fault), fault.message)
        except Exception as defect:
            LOGGER.exception("a live connection failed")
            await _close(websocket, close_code_of(defect), "The server failed on this connection.")

    async def _open(self, websocket: WebSocket) -> Engine | None:
        """The engine that the client asks for; None if it was told why not."""
        try:
            async with asyncio.timeout(self._opening_seconds):
                message = await websocket.receive()
        except TimeoutError:
            await _close(websocket, CloseCode.REFUSED, f"No opening within {self._opening_seconds:g} s.")
            return None
        if message["type"] == "websocket.disconnect":
            return None
        if message.get("text") is None:
            raise MalformedFrameError("Binary before the opening; expected a JSON text.", CloseCode.WRONG_KIND)
        model_id = ""
        try:
            model_id = parse_open(message["text"])
            # Shielded: others may wait for the same model, and this client may leave.
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
        reason = fault.message if isinstance(fault, ZscopeError) else "The server failed."
        await _close(websocket, close_code_of(fault), reason)


async def _close(websocket: WebSocket, code: CloseCode, reason: str) -> None:
    reason = reason.encode("utf-8", "replace")[:_REASON_BYTES].decode("utf-8", "ignore")
    # The client may be gone already, or gone deaf; either way there is nobody to tell.
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await websocket.close(code, reason)
