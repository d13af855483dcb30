"""Limits on connections for which neither uvicorn nor Streamlit has a setting.

- A client that stops in the middle of a request, or does not read its answer, is disconnected.
- WebSocket messages are limited while they are read: in size (on the live channel and in rooms by the protocol's
  limit), in number of fragments, and in the memory of all incomplete messages.

uvicorn's protocol classes are changed in place, since Streamlit does not let an app choose others.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import asyncio
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar, cast

from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from vae.message import N_, message
from zscope.serving.audience.messages import SPEAKER_BYTES
from zscope.serving.memory import MemoryBudget
from zscope.serving.protocol import MESSAGE_BYTES, CloseCode

__all__ = ["Limits", "limit_connections"]


@dataclass(frozen=True)
class Limits:
    """Limits in seconds, bytes and numbers."""

    head_seconds: float = 20.0  # from the connection or the last answer to the end of a request's head
    body_seconds: float = 30.0  # without receiving a part of a body
    body_rate: float = 1000.0  # minimum bytes per second of a body on average, after the first `body_seconds`
    answer_seconds: float = 60.0  # without reading a part of an answer
    message_bytes: int = 4 << 20  # of one WebSocket message to Streamlit
    audience_bytes: int = SPEAKER_BYTES  # of one WebSocket message of a speaker or a phone
    fragments: int = 256  # of one WebSocket message
    unfinished_bytes: int = 128 << 20  # of all incomplete WebSocket messages


class _Flow(Protocol):
    read_paused: bool
    write_paused: bool


class _Cycle(Protocol):
    response_complete: bool
    more_body: bool


class _Connection(Protocol):
    """The attributes of both of uvicorn's protocols; `limits` and `watch` are added here."""

    limits: Limits
    watch: asyncio.Task[None]
    transport: asyncio.Transport
    connections: set[object]

    def connection_made(self, transport: asyncio.Transport) -> None: ...
    def data_received(self, data: bytes) -> None: ...


class _Http(_Connection, Protocol):
    """uvicorn's HTTP protocol; `received_bytes` is added here."""

    cycle: _Cycle | None
    flow: _Flow
    received_bytes: int


class _Reader(Protocol):
    buffer: bytearray


class _Conversation(Protocol):
    """The state of a WebSocket in `websockets`."""

    max_message_size: int | None
    reader: _Reader

    def fail(self, code: int, reason: str) -> None: ...
    def data_to_send(self) -> list[bytes]: ...


class _Event(Protocol):
    path: str


class _WebSocket(_Connection, Protocol):
    """uvicorn's WebSocket protocol; `unfinished…` and the paths are added here."""

    live_path: str
    audience_path: str
    unfinished: MemoryBudget
    unfinished_of: MemoryBudget
    unfinished_bytes: int
    conn: _Conversation
    frames: list[bytes]
    close_sent: bool

    def handle_connect(self, event: _Event) -> None: ...
    def connection_lost(self, exc: Exception | None) -> None: ...


_Watched = TypeVar("_Watched", bound=_Connection)


def limit_connections(live_path: str, limits: Limits | None = None, *, audience_path: str = "/audience") -> None:
    """Extend uvicorn's protocols before connections are accepted. Another call changes the limits.

    Args:
        live_path: path of the live channel.
        audience_path: of speakers; the paths of phones begin with it.
    """
    limits = limits or Limits()
    http, websocket = cast(type[_Http], AutoHTTPProtocol), cast(type[_WebSocket], WebSocketsSansIOProtocol)
    if not hasattr(http, "limits"):
        _extend_http(http)
        _extend_websocket(websocket)
    http.limits = websocket.limits = limits
    websocket.live_path, websocket.audience_path = live_path, audience_path
    websocket.unfinished = MemoryBudget(limits.unfinished_bytes)


def _extend_http(protocol_class: type[_Http]) -> None:
    connection_made, data_received = protocol_class.connection_made, protocol_class.data_received

    @functools.wraps(connection_made)
    def watched(self: _Http, transport: asyncio.Transport) -> None:
        connection_made(self, transport)
        self.received_bytes = 0
        self.watch = asyncio.get_running_loop().create_task(_watch(self, _http_wait))

    @functools.wraps(data_received)
    def counted(self: _Http, data: bytes) -> None:
        self.received_bytes += len(data)
        data_received(self, data)

    protocol_class.connection_made, protocol_class.data_received = watched, counted


def _extend_websocket(protocol_class: type[_WebSocket]) -> None:
    connection_made, connection_lost = protocol_class.connection_made, protocol_class.connection_lost
    handle_connect, data_received = protocol_class.handle_connect, protocol_class.data_received

    @functools.wraps(connection_made)
    def watched(self: _WebSocket, transport: asyncio.Transport) -> None:
        self.unfinished_bytes = 0
        self.unfinished_of = self.unfinished
        connection_made(self, transport)
        self.watch = asyncio.get_running_loop().create_task(_watch(self, _websocket_wait))

    @functools.wraps(handle_connect)
    def bounded(self: _WebSocket, event: _Event) -> None:
        path = event.path.partition("?")[0]
        if path == self.live_path:
            self.conn.max_message_size = MESSAGE_BYTES
        elif path == self.audience_path or path.startswith(f"{self.audience_path}/"):
            self.conn.max_message_size = self.limits.audience_bytes
        else:
            self.conn.max_message_size = self.limits.message_bytes
        handle_connect(self, event)

    @functools.wraps(data_received)
    def counted(self: _WebSocket, data: bytes) -> None:
        data_received(self, data)
        if self.transport.is_closing():
            return
        held = len(self.conn.reader.buffer) + sum(map(len, self.frames))
        if len(self.frames) > self.limits.fragments:
            _fail(
                self,
                CloseCode.TOO_BIG,
                message("The message has more than {fragments} fragments.", fragments=self.limits.fragments),
            )
        elif self.unfinished_of.reserve(held - self.unfinished_bytes):
            self.unfinished_bytes = held
        else:
            _fail(self, CloseCode.FULL, N_("The server is busy. Try again later."))

    @functools.wraps(connection_lost)
    def released(self: _WebSocket, exc: Exception | None) -> None:
        self.unfinished_of.release(self.unfinished_bytes)
        self.unfinished_bytes = 0
        connection_lost(self, exc)

    protocol_class.connection_made, protocol_class.connection_lost = watched, released
    protocol_class.handle_connect, protocol_class.data_received = bounded, counted


def _fail(protocol: _WebSocket, code: CloseCode, reason: str) -> None:
    """Close the connection, as uvicorn does when a client does not answer its pings."""
    protocol.frames = []
    protocol.conn.fail(code, reason)
    protocol.transport.write(b"".join(protocol.conn.data_to_send()))
    protocol.close_sent = True
    protocol.transport.close()


async def _watch(protocol: _Watched, wait_of: "Callable[[_Watched], _Wait]") -> None:
    """Disconnect a client that lets the server wait too long."""
    loop, transport, limits = asyncio.get_running_loop(), protocol.transport, protocol.limits
    pause = min(limits.head_seconds, limits.body_seconds, limits.answer_seconds) / 4
    wait, began, moved, at_first = None, 0.0, 0.0, 0
    # After an upgrade to a WebSocket the transport has another protocol; lost connections are not listed.
    while protocol in protocol.connections and cast(object, transport.get_protocol()) is protocol:
        now, found = loop.time(), wait_of(protocol)
        if wait is None or found.what != wait.what:
            began, moved, at_first = now, now, found.progress
        elif found.progress != wait.progress:
            moved = now
        wait = found
        whole = wait.seconds if not wait.rate else max(wait.seconds, (wait.progress - at_first) / wait.rate)
        if now - moved > wait.seconds or (wait.rate and now - began > whole):
            transport.abort()
            return
        await asyncio.sleep(pause)


class _Wait(NamedTuple):
    """The current phase of a connection.

    Attributes:
        what: differs between requests and their phases.
        progress: changes whenever there is progress.
        seconds: allowed time without progress.
        rate: minimum progress per second on average; 0 sets none.
    """

    what: tuple[object, ...]
    progress: int = 0
    seconds: float = math.inf
    rate: float = 0.0


def _http_wait(protocol: _Http) -> _Wait:
    cycle, transport, flow, limits = protocol.cycle, protocol.transport, protocol.flow, protocol.limits
    if transport.is_closing() or flow.write_paused:
        return _Wait(("answer", id(cycle)), transport.get_write_buffer_size(), limits.answer_seconds)
    if cycle is None or cycle.response_complete:
        return _Wait(("head", id(cycle)), 0, limits.head_seconds)
    if cycle.more_body and not flow.read_paused:
        return _Wait(("body", id(cycle)), protocol.received_bytes, limits.body_seconds, limits.body_rate)
    return _Wait(("server", id(cycle)))


def _websocket_wait(protocol: _WebSocket) -> _Wait:
    """Limit only the close: pings find silent clients, but a close waits until the client has read all data."""
    if protocol.transport.is_closing():
        return _Wait(("end",), protocol.transport.get_write_buffer_size(), protocol.limits.answer_seconds)
    return _Wait(("server",))
