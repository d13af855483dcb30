"""Clients that are silent, slow or send too much, on a real server: only they are disconnected."""

import asyncio
import socket
import time

import pytest
from live_server import running, wait_until
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import ConnectionClosed

from zscope.serving.protocol import MESSAGE_BYTES
from zscope.serving.uvicorn_limits import Limits, limit_connections

SHORT = Limits(
    head_seconds=1.0, body_seconds=1.0, body_rate=1e6, answer_seconds=1.0, fragments=50, unfinished_bytes=3_000_000
)


async def take(request):
    return PlainTextResponse(str(len(await request.body())))


async def think(request):
    await asyncio.sleep(2.5)  # longer than a client may be silent
    return PlainTextResponse("thought")


async def pour(request):
    async def parts():
        while True:
            yield bytes(1 << 20)
            await asyncio.sleep(0)  # a send without a receiver runs no other task

    return StreamingResponse(parts())


@pytest.fixture(scope="module")
def short():
    """A server with short limits."""
    with running([Route("/take", take, methods=["POST"]), Route("/think", think), Route("/pour", pour)]) as server:
        limit_connections("/live", SHORT)
        yield server
    limit_connections("/live")


@pytest.fixture
def connected(short):
    with socket.create_connection(("127.0.0.1", short.port), timeout=20) as client:
        yield client


def is_disconnected(client: socket.socket) -> bytes:
    """What came before the server hung up; it must."""
    received = b""
    try:
        while part := client.recv(1 << 16):
            received += part
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /take HTTP/1.1\r\nHost:",
        b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf",
        b"POST /take HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha",
    ],
    ids=["nothing", "half a head", "half a body", "half a chunk"],
)
def test_half_a_request_is_not_waited_for(connected, sent):
    connected.sendall(sent)
    assert b"200" not in is_disconnected(connected)


def test_half_a_second_request_is_not_waited_for(connected):
    connected.sendall(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
    assert connected.recv(1000).startswith(b"HTTP/1.1 200")
    connected.sendall(b"GET /ta")
    is_disconnected(connected)


def test_a_body_by_drops_is_not_waited_for(connected):
    """Never silent, and far below the least rate."""
    connected.sendall(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n")
    connected.settimeout(0.1)
    with pytest.raises(OSError) as broken:  # not a timeout of the loop: the server hangs up
        for _ in range(200):
            connected.sendall(b".")
            try:
                if not connected.recv(100):
                    raise ConnectionResetError
            except TimeoutError:
                pass
    assert not isinstance(broken.value, TimeoutError)


@pytest.mark.full
def test_disconnects_a_client_that_does_not_read_the_answer(short, connected):
    connected.sendall(b"GET /pour HTTP/1.1\r\nHost: x\r\n\r\n")
    connected.recv(1000)
    time.sleep(4)  # the test's own patience, not a measurement: the server has hung up by then
    received = len(is_disconnected(connected))
    assert received < 200 << 20, "what had been sent before, and no more"


@pytest.mark.full
def test_keeps_a_client_that_waits_for_the_answer(connected):
    connected.sendall(b"GET /think HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert is_disconnected(connected).endswith(b"thought")


@pytest.mark.full
def test_a_steady_upload_is_not_disconnected(connected):
    part, parts = bytes(1_500_000), 8
    head = f"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: {len(part) * parts}\r\nConnection: close\r\n\r\n"
    connected.sendall(head.encode())
    for _ in range(parts):
        connected.sendall(part)
        time.sleep(0.3)
    assert is_disconnected(connected).endswith(b"12000000")


def frame(opcode: int, data: bytes, final: bool, announced: int | None = None) -> bytes:
    """A client's WebSocket frame, or its beginning."""
    length = len(data) if announced is None else announced
    return bytes([opcode | (0x80 if final else 0), 0xFF]) + length.to_bytes(8, "big") + bytes(4) + data


def close_code(websocket) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        websocket.recv(timeout=10)
    return closed.value.rcvd.code


@pytest.mark.parametrize("opened", [True, False], ids=["opened", "before the opening"])
@pytest.mark.parametrize("kind", ["one frame", "fragments"])
def test_a_large_message_is_refused_before_it_is_read(short, opened, kind):
    model = short.new_model()
    with short.opened_socket(model) if opened else short.socket() as websocket:
        if kind == "one frame":  # refused by its announced length
            websocket.socket.sendall(frame(2, b"", True, announced=MESSAGE_BYTES + 1))
        else:
            websocket.socket.sendall(frame(2, bytes(MESSAGE_BYTES // 2), False))
            websocket.socket.sendall(frame(0, b"", False, announced=MESSAGE_BYTES // 2 + 1))
        assert close_code(websocket) == 1009


def test_a_message_of_many_fragments_is_refused(short):
    with short.opened_socket(short.new_model()) as websocket:
        websocket.socket.sendall(frame(2, b"a", False) + frame(0, b"b", False) * 60)
        assert close_code(websocket) == 1009


def test_unfinished_messages_share_one_budget_and_give_it_back(short):
    half = frame(2, bytes(900_000), False)
    sockets = [short.opened_socket(short.new_model()) for _ in range(4)]
    clients = [one.__enter__() for one in sockets]
    budget = WebSocketsSansIOProtocol.unfinished
    for number, client in enumerate(clients[:3]):
        client.socket.sendall(half)
        wait_until(lambda number=number: budget.held == 900_000 * (number + 1))
    clients[3].socket.sendall(half)
    assert close_code(clients[3]) == 1013
    for one in sockets[:3]:
        one.__exit__(None, None, None)
    wait_until(lambda: budget.held == 0)
