"""Closes a WebSocket with a code and a reason."""

import asyncio
import contextlib

from starlette.websockets import WebSocket, WebSocketDisconnect

__all__ = ["close_with_reason"]

_REASON_BYTES = 123  # RFC 6455, section 5.5: a control frame holds 125 bytes, 2 of them the close code
_CLOSE_SECONDS = 5.0  # longest wait for a client that does not read


async def close_with_reason(websocket: WebSocket, code: int, reason: str) -> None:
    """Close an accepted WebSocket; return soon, also if the client has disconnected or does not read."""
    reason = reason.encode("utf-8", "replace")[:_REASON_BYTES].decode("utf-8", "ignore")
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await websocket.close(code, reason)
