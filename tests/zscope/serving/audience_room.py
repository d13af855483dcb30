"""A server with rooms, and clients of them."""

import contextlib
import json
from collections.abc import Iterator
from typing import cast
from urllib.parse import urlsplit

import numpy as np
from linear_servable import LATENT_DIM
from live_server import LiveServer, running
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from vae.errors import ModelNotFoundError
from zscope.serving import Hub
from zscope.serving.audience import Rooms, audience_routes
from zscope.serving.audience.model import Control, RoomModel
from zscope.serving.audience.phone import PhoneEndpoint

CLASSES = ("zero", "one", "two", "three")


def describe(model_id: str) -> RoomModel:
    """What phones show of a `LinearServable`: `measure` names one of four reference images."""
    if model_id == "missing":
        raise ModelNotFoundError("There is no model missing.", "Choose another.")
    controls = (Control(2, -1.0, 3.0), Control(0, -2.0, 2.0))
    return RoomModel(f"Model {model_id}", LATENT_DIM, CLASSES, np.array([3, 2, 1, 0]), controls)


class Speaker:
    """A speaker's connection, opened."""

    def __init__(self, server: "AudienceServer", model: str, token: str = "", key: str = "", **arguments):
        self.socket = connect(f"ws://{server.host}/audience", compression=None, **arguments).__enter__()
        self.say(type="open", protocol=1, model=model, token=token, key=key)
        self.room = self.hear("room", "error")

    def say(self, **message) -> None:
        self.socket.send(json.dumps(message))

    def publish(self, code) -> None:
        self.socket.send(np.asarray(code, "<f4").tobytes())

    def hear(self, *kinds: str) -> dict:
        """The next message of these types; others are skipped."""
        while True:
            message = json.loads(self.socket.recv(timeout=10))
            if message["type"] in kinds:
                return message

    def close(self) -> None:
        self.socket.close()


class Phone:
    """A phone's connection."""

    def __init__(self, server: "AudienceServer", token: str, **arguments):
        self.socket = connect(f"ws://{server.host}/audience/{token}/follow", compression=None, **arguments).__enter__()

    def receive(self) -> "dict | Picture":
        frame = self.socket.recv(timeout=10)
        assert isinstance(frame, bytes) and frame[0] == 1
        return Picture(frame) if frame[1] == 1 else json.loads(frame[4:])

    def state(self) -> dict:
        """The next state; pictures are skipped."""
        while isinstance(message := self.receive(), Picture):
            pass
        return message

    def picture(self) -> "Picture":
        """The next picture; states are skipped."""
        while not isinstance(message := self.receive(), Picture):
            pass
        return message

    def move(self, values, **more) -> None:
        self.socket.send(json.dumps({"type": "move", "values": values, **more}))

    def close(self) -> None:
        self.socket.close()


class Picture:
    """A picture frame, parsed by its documented offsets."""

    def __init__(self, frame: bytes):
        self.frame = frame
        self.shown_class = int.from_bytes(frame[2:4], "little")
        self.sequence = int.from_bytes(frame[4:8], "little")
        count = int.from_bytes(frame[8:10], "little")
        self.values = np.frombuffer(frame, "<f4", count, 12).tolist()
        self.png = frame[12 + 4 * count :]


class AudienceServer(LiveServer):
    """A running server with rooms."""

    rooms: Rooms
    phone_endpoint: PhoneEndpoint

    @contextlib.contextmanager
    def speaker(self, model: str, **arguments) -> Iterator[Speaker]:
        with contextlib.closing(Speaker(self, model, **arguments)) as speaker:
            yield speaker

    @contextlib.contextmanager
    def phone(self, speaker: Speaker, **arguments) -> Iterator[Phone]:
        with contextlib.closing(Phone(self, speaker.room["token"], **arguments)) as phone:
            yield phone


@contextlib.contextmanager
def running_rooms(listening: str = "localhost", **arguments) -> Iterator[AudienceServer]:
    """A server with the live channel and rooms."""
    rooms = Rooms(**arguments)
    hub: list[Hub] = []

    class LateHub:
        """The hub of the server, which is made after the routes."""

        def opening(self, model_id: str):
            return hub[0].opening(model_id)

    routes = audience_routes(LateHub(), rooms, describe=describe, listening=lambda: listening)
    with running(routes) as server:
        hub.append(server.hub)
        server.__class__ = AudienceServer
        server.rooms = rooms
        server.phone_endpoint = routes[1].app
        yield cast(AudienceServer, server)


def token_of(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def closed_with(socket) -> tuple[int, str]:
    """The code and reason with which the server closes; what comes before is skipped."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=10)
    return socket.protocol.close_rcvd.code, socket.protocol.close_rcvd.reason
