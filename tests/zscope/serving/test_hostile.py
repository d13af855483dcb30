"""Garbage on the wire: it ends the connection it came on, with a reason, and touches nothing else."""

import json
import socket

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linear_servable import codes_for, decoded, images_for
from live_server import drop, wait_until
from requesting import LAYOUT
from websockets.exceptions import ConnectionClosed

from vae.errors import ZscopeError
from zscope.serving.frames import pack_request, parse_reply, parse_request
from zscope.serving.handshake import open_text
from zscope.serving.protocol import MESSAGE_BYTES, Header, MalformedFrameError, Operation, pack_header

# The fixtures are a server and a bystander that must live through all examples.
through_all_examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def model(server):
    return server.new_model()


@pytest.fixture
def bystander(server, model):
    """Another client of the same model, which notices nothing."""
    with server.client(model) as live:
        yield lambda number: np.testing.assert_array_equal(live.decode(codes_for(number)), decoded(number))


def close_code(websocket) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        websocket.recv(timeout=10)
    assert closed.value.rcvd.reason
    return closed.value.rcvd.code


def mutated(frame: bytes, position: int, value: int) -> bytes:
    changed = bytearray(frame)
    changed[position % len(changed)] = value
    return bytes(changed)


good_frames = st.sampled_from(
    [
        pack_request(Operation.DECODE, 0, 1, codes_for(1), LAYOUT),
        pack_request(Operation.MEASURE, 7, 2, codes_for(1, 2, 3), LAYOUT),
        pack_request(Operation.ENCODE, 1, 3, images_for(1, 2), LAYOUT),
    ]
)
any_frames = st.one_of(
    st.binary(max_size=100),
    st.builds(mutated, good_frames, st.integers(0, 15), st.integers(0, 255)),
    st.builds(lambda frame, cut: frame[:cut], good_frames, st.integers(0, 50)),
    st.builds(lambda frame, more: frame + more, good_frames, st.binary(min_size=1, max_size=9)),
    st.builds(
        lambda rows, payload: pack_header(Header(Operation.DECODE, 0, 1, rows)) + payload,
        st.integers(0, 2**32 - 1),
        st.binary(max_size=64),
    ),
)


@through_all_examples
@given(frame=any_frames, number=st.integers(0, 50))
def test_any_frame_is_answered_or_closes_only_its_own_connection(server, model, bystander, frame, number):
    with server.opened_socket(model) as websocket:
        websocket.send(frame)
        try:
            header, inputs = parse_request(frame, LAYOUT)
        except MalformedFrameError as malformed:
            with pytest.raises(ConnectionClosed) as closed:
                websocket.recv(timeout=10)
            assert closed.value.rcvd.code == malformed.close_code == 1007
            assert closed.value.rcvd.reason == malformed.message
        else:
            reply, outputs = parse_reply(websocket.recv(timeout=10), LAYOUT)
            assert (reply.sequence, reply.lane) == (header.sequence, header.lane)
            assert isinstance(outputs, ZscopeError) == (reply.operation is Operation.ERROR)
            assert len(inputs) == header.rows
    bystander(number)


@through_all_examples
@given(
    text=st.text(max_size=100)
    | st.builds(mutated, st.just(open_text("x").encode()), st.integers(0, 50), st.integers(32, 126)).map(bytes.decode)
)
def test_any_opening_is_answered_or_closed_with_a_reason(server, bystander, text):
    with server.socket() as websocket:
        websocket.send(text)
        try:
            answer = json.loads(websocket.recv(timeout=10))
            assert answer["code"] == "model_not_found"
            assert close_code(websocket) == 1008
        except ConnectionClosed as closed:
            assert closed.rcvd.code == 1007
            assert closed.rcvd.reason
    bystander(1)


def test_text_where_a_frame_was_due_is_the_wrong_kind(server, model, bystander):
    with server.opened_socket(model) as websocket:
        websocket.send("hello")
        assert close_code(websocket) == 1003
    bystander(1)


def test_a_frame_before_the_opening_is_the_wrong_kind(server, model, bystander):
    with server.socket() as websocket:
        websocket.send(pack_request(Operation.DECODE, 0, 1, codes_for(1), LAYOUT))
        assert close_code(websocket) == 1003
    bystander(1)


def test_a_giant_message_is_too_big_and_one_of_the_limit_is_not(server, model, bystander):
    with server.opened_socket(model) as websocket:
        websocket.send(bytes(MESSAGE_BYTES + 1))
        assert close_code(websocket) == 1009
    with server.opened_socket(model) as websocket:
        websocket.send(bytes(MESSAGE_BYTES))
        assert close_code(websocket) == 1007  # read, and found wanting
    bystander(1)


def test_a_giant_opening_is_malformed(server, bystander):
    with server.socket() as websocket:
        websocket.send("[" * 100_000)
        assert close_code(websocket) == 1007
    bystander(1)


def test_a_message_in_fragments_is_one_message(server, model):
    frame = pack_request(Operation.DECODE, 0, 1, codes_for(5), LAYOUT)
    with server.opened_socket(model) as websocket:
        websocket.send([frame[:7], frame[7:20], frame[20:]])
        np.testing.assert_array_equal(parse_reply(websocket.recv(timeout=10), LAYOUT)[1], decoded(5))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x82\xfe\x00",  # the beginning of a frame's length
        b"\x82\xff" + b"\xff" * 12,  # a frame of 2⁶⁴ bytes
        b"\xff" * 64,  # no frame at all
        b"\x81\x82\0\0\0\0\xc3\x28",  # a text that is not UTF-8
        b"\x82\x05hello",  # a client's frame without its mask
    ],
)
def test_bytes_that_are_not_websocket_frames_touch_nothing_else(server, model, bystander, raw):
    engine = server.engine(model)
    with server.opened_socket(model) as websocket:
        wait_until(lambda: engine.clients == 2)
        websocket.socket.sendall(raw)
        drop(websocket)
        wait_until(lambda: engine.clients == 1)
    bystander(1)


def test_garbage_instead_of_a_handshake_touches_nothing_else(server, bystander):
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"\x00\xff GET live\r\n\r\n")
        raw.recv(1000)
    bystander(1)
