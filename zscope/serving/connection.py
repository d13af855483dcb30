"""Serves one client after the opening handshake. One task receives requests, another sends replies."""

# Errors of this module reach developers, not users of the pages: they are not translated.

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from starlette.websockets import WebSocket

from vae.errors import BadRequestError
from vae.message import message
from zscope.serving.engine import Engine
from zscope.serving.frames import check_inputs, pack_error, pack_reply, parse_request
from zscope.serving.http_errors import BusyError
from zscope.serving.memory import MemoryBudget
from zscope.serving.outbox import Outbox
from zscope.serving.protocol import MESSAGE_BYTES, CloseCode, Header, MalformedFrameError, Operation, device_byte
from zscope.serving.scheduler import Reply, Request

__all__ = ["Connection"]


@dataclass(frozen=True)
class _Courier:
    """Passes a batch's replies from the engine thread to the event loop, in one call for all connections of the loop.

    Couriers of the same event loop compare equal, so the engine passes their replies in one call.
    """

    loop: asyncio.AbstractEventLoop

    def __call__(self, replies: Sequence[Reply]) -> None:
        if asyncio._get_running_loop() is self.loop:  # computed on the loop
            _distribute(replies)
        elif not self.loop.is_closed():  # a closed loop has no connections left to deliver to
            self.loop.call_soon_threadsafe(_distribute, replies)


def _distribute(replies: Sequence[Reply]) -> None:
    for reply in replies:
        cast(Connection, reply.request.client).post(reply)


class Connection:
    """Serves one accepted and opened WebSocket. Create it and run it on the event loop.

    Args:
        websocket: the accepted WebSocket.
        engine: the engine of the model that the client opened.
        memory: see `Outbox`.
    """

    def __init__(self, websocket: WebSocket, engine: Engine, memory: MemoryBudget | None = None):
        self.outbox = Outbox(memory)
        self._websocket = websocket
        self._engine = engine
        self._courier = _Courier(asyncio.get_running_loop())
        self._ended = False

    async def run(self) -> None:
        """Serve until the client disconnects or sends a malformed frame; then remove it from the engine.

        Raises:
            MalformedFrameError: a malformed frame, after which the connection must be closed.
            EngineClosedError: the model was unloaded.
            WebSocketDisconnect: the client disconnected during a send.
        """
        self._engine.attach(self)
        tasks = {
            asyncio.create_task(self._receive()),
            asyncio.create_task(self.outbox.send_all(self._websocket.send_bytes)),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ended = True
            self._engine.detach(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.outbox.clear()
        for task in done:
            task.result()

    def post(self, reply: Reply) -> None:
        """Queue a reply of the engine for sending."""
        if self._ended:
            return
        header = reply.request.header
        if isinstance(reply.result, Exception):
            self._post_error(header, reply.result)
        else:
            # Packed now, since the outputs are a view that keeps the array of the whole batch in memory.
            frame = pack_reply(header, reply.result, device_byte(self._engine.servable.device), reply.milliseconds)
            self.outbox.put((header.operation, header.lane), frame)

    def _post_error(self, header: Header, fault: Exception) -> None:
        # A separate key: the reply to an older request must not replace the error of a newer one.
        self.outbox.put((Operation.ERROR, header.operation, header.lane), pack_error(header, fault))

    async def _receive(self) -> None:
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            frame = received.get("bytes")
            if frame is None:
                raise MalformedFrameError(
                    "The client sent text after the opening; expected binary frames.", CloseCode.WRONG_KIND
                )
            if len(frame) > MESSAGE_BYTES:
                raise MalformedFrameError(
                    message(
                        "The message has {n} bytes; expected at most {message_bytes}.",
                        n=len(frame),
                        message_bytes=MESSAGE_BYTES,
                    ),
                    CloseCode.TOO_BIG,
                )
            header, inputs = parse_request(frame, self._engine.layout)
            try:
                check_inputs(header, inputs, self._engine.layout)
            except BadRequestError as fault:
                self._post_error(header, fault)
                continue
            try:
                self._engine.submit(Request(self, header, inputs, self._courier), self._courier.loop.call_soon)
            except BusyError as fault:
                self._post_error(header, fault)
