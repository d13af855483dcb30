"""The WebSocket of phones: `{prefix}/{token}/follow`."""

import asyncio
import logging
import time
from contextlib import suppress

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from vae.message import N_, message
from zscope.serving.audience.messages import PHONE_BYTES, pack_state, parse_move
from zscope.serving.audience.room import Room
from zscope.serving.audience.rooms import Rooms
from zscope.serving.closing import close_with_reason
from zscope.serving.http_errors import close_code_of
from zscope.serving.memory import MemoryBudget
from zscope.serving.origins import AllowedOrigin, accept_same_origin
from zscope.serving.outbox import Outbox
from zscope.serving.protocol import CloseCode, MalformedFrameError

__all__ = ["PhoneEndpoint"]

LOGGER = logging.getLogger(__name__)
_RATE = 15.0  # messages a second; the page sends ten
_BURST = 150.0  # messages beyond that: a radio link delivers those of some seconds at once
_ENDED = pack_state({"type": "ended"})
_SEND_SECONDS = 5.0  # longest wait for a phone that does not read


class PhoneEndpoint:
    """An ASGI application for the WebSockets of phones.

    Args:
        rooms: the open rooms.
        allowed_origin: see `zscope.serving.endpoint.live_route`.
        picture_bytes: memory for all pictures that phones have not read yet; see `Outbox`.
    """

    def __init__(self, rooms: Rooms, allowed_origin: AllowedOrigin | None = None, picture_bytes: int = 128 << 20):
        self._rooms = rooms
        self._allowed_origin = allowed_origin
        self._pictures = MemoryBudget(picture_bytes)

    @property
    def unread_bytes(self) -> int:
        """Bytes of all frames that wait for their phones."""
        return self._pictures.held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not await accept_same_origin(websocket, "a phone", self._allowed_origin):
            return
        room = self._rooms.find(websocket.path_params["token"])
        if room is None:
            await _end(websocket, CloseCode.REFUSED)
        elif self._rooms.phones >= self._rooms.max_phones:
            await close_with_reason(
                websocket,
                CloseCode.FULL,
                message("{max_phones} phones are connected.", max_phones=self._rooms.max_phones),
            )
        else:
            await _Phone(websocket, room, self._pictures).run()


class _Phone:
    def __init__(self, websocket: WebSocket, room: Room, memory: MemoryBudget):
        self.outbox = Outbox(memory)
        self._websocket = websocket
        self._room = room
        self._allowance, self._at = _BURST, time.monotonic()

    async def run(self) -> None:
        """Serve until the phone disconnects, sends a malformed message, or the room ends."""
        self._room.join(self)
        tasks = {
            asyncio.create_task(self._receive()),
            asyncio.create_task(self.outbox.send_all(self._websocket.send_bytes)),
            asyncio.create_task(self._ended()),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._room.quit(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.outbox.clear()
        try:
            for task in done:
                task.result()
            if self._room.ended.is_set():
                await _end(self._websocket, CloseCode.REFUSED)
        except WebSocketDisconnect:
            pass  # a phone may disconnect at any time
        except MalformedFrameError as fault:
            await close_with_reason(self._websocket, close_code_of(fault), fault.message)
        except Exception as defect:
            LOGGER.exception("a phone's connection failed")
            await close_with_reason(self._websocket, close_code_of(defect), N_("The server failed on this connection."))

    async def _ended(self) -> None:
        await self._room.ended.wait()

    async def _receive(self) -> None:
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            self._check_rate()
            text = received.get("text")
            if text is None:
                raise MalformedFrameError("The phone sent binary data; expected JSON text.", CloseCode.WRONG_KIND)
            if len(text) > PHONE_BYTES:
                raise MalformedFrameError(
                    message(
                        "The message has {n} characters; expected at most {phone_bytes}.",
                        n=len(text),
                        phone_bytes=PHONE_BYTES,
                    ),
                    CloseCode.TOO_BIG,
                )
            self._room.move(parse_move(text))

    def _check_rate(self) -> None:
        now = time.monotonic()
        self._allowance = min(_BURST, self._allowance + (now - self._at) * _RATE) - 1
        self._at = now
        if self._allowance < 0:
            raise MalformedFrameError("The phone sends too many messages.", CloseCode.REFUSED)


async def _end(websocket: WebSocket, code: CloseCode) -> None:
    """Tell a phone that there is no such room, or not any more."""
    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(_SEND_SECONDS):
            await websocket.send_bytes(_ENDED)
    await close_with_reason(websocket, code, N_("The session has ended."))
