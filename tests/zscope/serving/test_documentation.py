"""The examples and tables of `docs/live-protocol.md` are true."""

import json
import re
import struct
from pathlib import Path

import numpy as np
from linear_servable import LinearServable
from websockets.exceptions import ConnectionClosed

from zscope.serving import Operation
from zscope.serving.protocol import CloseCode

DOCUMENT = (Path(__file__).parents[3] / "docs" / "live-protocol.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.DOTALL | re.MULTILINE)


class TinyServable(LinearServable):
    """The model of the example session."""

    def decode_pixels(self, codes):
        assert codes.tolist() == [[0.5, -1.0]]
        return np.array([0, 128, 255, 64], np.uint8).reshape(1, 2, 2, 1)

    def measure(self, codes):
        assert codes.tolist() == [[0.5, -1.0]]
        return np.array([[62.5, 1.25, 4711]], np.float32)


def without_milliseconds(frame: bytes) -> bytes:
    return frame[:12] + frame[16:]


def test_the_example_session_happens_as_written(server):
    model = TinyServable("tiny-2", image_shape=(2, 2, 1))
    model.code_dim = 2
    server.add_model(model)
    (session,) = blocks("session")
    with server.socket() as websocket:
        for line in session.splitlines():
            side, _, message = line.partition(" ")
            if side == ">":
                websocket.send(message if message.startswith("{") else bytes.fromhex(message))
            elif message.startswith("{") and side == "<":
                assert json.loads(websocket.recv(timeout=10)) == json.loads(message)
            elif message.startswith("close") and side == "<":
                try:
                    raise AssertionError(f"still open: {websocket.recv(timeout=10)!r}")
                except ConnectionClosed as closed:
                    assert message == f"close {closed.rcvd.code} {closed.rcvd.reason}"
            elif side == "<":
                reply = websocket.recv(timeout=10)
                assert without_milliseconds(reply) == without_milliseconds(bytes.fromhex(message))
                assert struct.unpack("<f", reply[12:16])[0] >= 0


def test_the_python_example_runs(server, capsys):
    server.add_model(LinearServable("mnist-16"))
    (example,) = blocks("python")
    exec(example.replace("localhost:8501", server.host), {})  # as its reader would
    assert "60 pictures" in capsys.readouterr().out


def test_every_operation_and_close_code_is_documented():
    for operation in Operation:
        assert f"| {operation.value} | {operation.name} |" in DOCUMENT
    for code in CloseCode:
        assert f"\n| {code.value} | " in DOCUMENT
