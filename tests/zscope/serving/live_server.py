"""A real server on a free port, in a thread."""

import contextlib
import itertools
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import uvicorn
from linear_servable import LinearServable
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from websockets.sync.client import connect

from vae.errors import ModelNotFoundError
from zscope.serving import Engine, Hub, LiveClient
from zscope.serving.endpoint import LiveEndpoint
from zscope.serving.handshake import open_text
from zscope.serving.uvicorn_limits import limit_connections


class LiveServer:
    """What a test needs of a running server."""

    def __init__(self, hub: Hub, endpoint: LiveEndpoint, port: int, servables: dict[str, LinearServable]):
        self.hub = hub
        self.endpoint = endpoint
        self.host = f"127.0.0.1:{port}"
        self.port = port
        self._servables = servables
        self._numbers = itertools.count()

    def new_model(self, **arguments) -> LinearServable:
        """A model that no other test knows."""
        return self.add_model(LinearServable(f"linear-{next(self._numbers)}", **arguments))

    def add_model(self, servable: LinearServable) -> LinearServable:
        self._servables[servable.model_id] = servable
        return servable

    def engine(self, servable: LinearServable) -> Engine:
        return self.hub.engine(servable.model_id)

    def client(self, servable: LinearServable, **arguments) -> LiveClient:
        return LiveClient(f"http://{self.host}", servable.model_id, timeout=20, **arguments)

    def socket(self, **arguments):
        """A WebSocket that has not sent anything yet. Its receive buffer is small, whatever the system's default is."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        connection.connect(("127.0.0.1", self.port))
        return connect(f"ws://{self.host}/live", compression=None, sock=connection, **arguments)

    @contextlib.contextmanager
    def opened_socket(self, servable: LinearServable, **arguments):
        """A WebSocket on which frames, good or bad, can be sent."""
        with self.socket(**arguments) as websocket:
            websocket.send(open_text(servable.model_id))
            websocket.recv(timeout=10)
            yield websocket


@contextlib.contextmanager
def running(routes: Sequence[BaseRoute] = (), **endpoint_arguments) -> Iterator[LiveServer]:
    """A server with the live channel at /live, and other routes."""
    servables: dict[str, LinearServable] = {}

    def load(model_id: str) -> LinearServable:
        if model_id == "broken":
            raise RuntimeError("/secret/path is damaged")
        if model_id not in servables:
            raise ModelNotFoundError(f"There is no model {model_id}.", "Choose another.")
        return servables[model_id]

    limit_connections("/live")
    hub = Hub(load)
    endpoint = LiveEndpoint(hub, **endpoint_arguments)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/live", endpoint), *routes]),
        ws="websockets-sansio",  # as Streamlit runs it
        ws_per_message_deflate=False,
        log_config=None,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield LiveServer(hub, endpoint, listener.getsockname()[1], servables)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        hub.close()
        listener.close()


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for something that happens on another thread; it must."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not happen in time")
        time.sleep(0.002)


def drop(websocket) -> None:
    """Break a connection off without a goodbye."""
    with contextlib.suppress(OSError):  # the server was quicker
        websocket.socket.shutdown(socket.SHUT_RDWR)


def server_errors(caplog) -> list[str]:
    """The errors that the server logged, without those of the tests' own WebSocket client."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.ERROR and not record.name.startswith("websockets.client")
    ]
