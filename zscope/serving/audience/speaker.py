"""The WebSocket of speakers: `{prefix}`. It opens a room and publishes the points."""

import asyncio
import logging
from collections.abc import Callable

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from vae.errors import BadRequestError, ModelNotFoundError, ZscopeError
from vae.message import N_
from zscope.messages import RoomLinks, RoomOpened
from zscope.serving.audience.links import room_links
from zscope.serving.audience.messages import (
    Allow,
    End,
    Opening,
    parse_code,
    parse_opening,
    parse_order,
    text_message,
)
from zscope.serving.audience.model import RoomModel
from zscope.serving.audience.room import Room
from zscope.serving.audience.rooms import Rooms
from zscope.serving.closing import close_with_reason
from zscope.serving.handshake import error_text
from zscope.serving.http_errors import close_code_of
from zscope.serving.hub import Hub
from zscope.serving.origins import AllowedOrigin, accept_same_origin
from zscope.serving.outbox import Outbox
from zscope.serving.protocol import CloseCode, MalformedFrameError
from zscope.serving.workers import QUICK

__all__ = ["SpeakerEndpoint"]

LOGGER = logging.getLogger(__name__)
_OPENING_SECONDS = 10.0  # time that a connected speaker has to send the opening


class SpeakerEndpoint:
    """An ASGI application for the WebSockets of speakers.

    Args:
        hub: the engines of the models.
        rooms: the open rooms.
        describe: model id → what phones show of it; called in a thread.
        listening: returns the address that the server listens on; "" means all.
        allowed_origin: see `zscope.serving.endpoint.live_route`.
    """

    def __init__(
        self,
        hub: Hub,
        rooms: Rooms,
        describe: Callable[[str], RoomModel],
        listening: Callable[[], str],
        allowed_origin: AllowedOrigin | None = None,
    ):
        self.hub = hub
        self.rooms = rooms
        self.describe = describe
        self._listening = listening
        self._allowed_origin = allowed_origin
        self._connected = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not await accept_same_origin(websocket, "a speaker", self._allowed_origin):
            return
        # Twice the number of rooms: after a lost connection, the new one may come first.
        if self._connected >= 2 * self.rooms.max_rooms:
            await close_with_reason(websocket, CloseCode.FULL, N_("Too many speakers are connected. Try again later."))
            return
        self._connected += 1
        try:
            await self._serve(websocket)
        except WebSocketDisconnect:
            pass  # a speaker may disconnect at any time
        except MalformedFrameError as fault:
            await close_with_reason(websocket, close_code_of(fault), fault.message)
        except ZscopeError as fault:
            await websocket.send_text(error_text(fault))
            await close_with_reason(websocket, close_code_of(fault), fault.message)
        except Exception as defect:
            LOGGER.exception("a speaker's connection failed")
            await close_with_reason(websocket, close_code_of(defect), N_("The server failed on this connection."))
        finally:
            self._connected -= 1

    async def _serve(self, websocket: WebSocket) -> None:
        opening = await self._opening(websocket)
        if opening is None:
            return
        room = self.rooms.reopen(opening.token, opening.key) if opening.token else self.rooms.create()
        speaker = _Speaker(websocket, room, self)
        self.rooms.take(room, speaker)
        try:
            links = await asyncio.to_thread(room_links, websocket.headers, websocket.url, room.token, self._listening())
            await speaker.run(opening.model, links)
        finally:
            self.rooms.leave(room, speaker)

    @staticmethod
    async def _opening(websocket: WebSocket) -> Opening | None:
        """Return the opening; None if the speaker has disconnected."""
        try:
            async with asyncio.timeout(_OPENING_SECONDS):
                message = await websocket.receive()
        except TimeoutError:
            raise MalformedFrameError("No opening was received in time.", CloseCode.REFUSED) from None
        if message["type"] == "websocket.disconnect":
            return None
        if message.get("text") is None:
            raise MalformedFrameError("The speaker sent binary data before the opening.", CloseCode.WRONG_KIND)
        return parse_opening(message["text"])


class _Speaker:
    def __init__(self, websocket: WebSocket, room: Room, endpoint: SpeakerEndpoint):
        self.outbox = Outbox()
        self._websocket = websocket
        self._room = room
        self._endpoint = endpoint
        self._replaced = asyncio.Event()

    def replace(self) -> None:
        """Close the connection, since the speaker opened another one."""
        self._replaced.set()

    async def run(self, model_id: str, links: RoomLinks) -> None:
        """Serve until the speaker disconnects, ends the room, or opens another connection.

        Raises:
            MalformedFrameError: a malformed message, after which the connection must be closed.
            WebSocketDisconnect: the speaker disconnected during a send.
        """
        room = self._room
        opened: RoomOpened = {
            **links, "type": "room", "token": room.token, "key": room.key,
            "count": len(room.phones), "moving": room.moving,
        }  # fmt: skip
        self.outbox.put("room", text_message(opened))
        tasks = {
            asyncio.create_task(self._receive(model_id)),
            asyncio.create_task(self.outbox.send_all(self._send)),
            asyncio.create_task(_until(room.ended)),
            asyncio.create_task(_until(self._replaced)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.outbox.clear()
        for task in done:
            task.result()
        if self._replaced.is_set():
            await close_with_reason(
                self._websocket, CloseCode.REFUSED, N_("Another tab of the speaker has taken over.")
            )
        elif room.ended.is_set():
            await close_with_reason(self._websocket, CloseCode.REFUSED, N_("The session has ended."))

    async def _send(self, frame: bytes) -> None:
        await self._websocket.send_text(frame.decode())

    async def _receive(self, model_id: str) -> None:
        await self._follow(model_id)
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                await self._obey(message["text"])
            elif self._room.engine is not None:
                try:
                    self._room.publish(parse_code(message["bytes"], self._room.engine.layout.code_dim))
                except MalformedFrameError:
                    raise
                except BadRequestError as fault:
                    self._room.report(fault)

    async def _obey(self, text: str) -> None:
        order = parse_order(text)
        if isinstance(order, Allow):
            self._room.allow(order.moving)
        elif isinstance(order, End):
            self._endpoint.rooms.end(self._room)
        else:
            await self._follow(order.model)

    async def _follow(self, model_id: str) -> None:
        try:
            if len(model_id) > 200 or not model_id.isprintable():
                raise ModelNotFoundError(
                    "The text is not a model's id.", "Choose one of the models that the app lists."
                )
            model = await QUICK.run(self._endpoint.describe, model_id)
            # Shielded: other clients may wait for the same model when this one disconnects.
            engine = await asyncio.shield(asyncio.wrap_future(self._endpoint.hub.opening(model_id)))
            self._room.follow(engine, model)
        except ZscopeError as fault:
            self._room.report(fault)
        except Exception as defect:
            LOGGER.exception("the model %.200r cannot be shown to an audience", model_id)
            self._room.report(defect)


async def _until(event: asyncio.Event) -> None:
    await event.wait()
