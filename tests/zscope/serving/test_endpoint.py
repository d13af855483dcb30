"""The channel over real sockets: opening, replies, newest wins, and allowed origins."""

import json
import time

import numpy as np
import pytest
from linear_servable import LinearServable, codes_for, decoded, images_for
from live_server import drop, running, server_errors, wait_until
from starlette.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vae.errors import BadRequestError
from zscope.serving.frames import pack_request, parse_reply
from zscope.serving.handshake import open_text
from zscope.serving.layout import Layout
from zscope.serving.origins import is_same_origin
from zscope.serving.protocol import Operation

DECODE, ENCODE, MEASURE, PLACE, INVERT, RECONSTRUCT, ERROR = Operation


def closed_with(websocket) -> tuple[int, str]:
    """The code and reason with which the server closes; nothing else may come before."""
    with pytest.raises(ConnectionClosed) as closed:
        websocket.recv(timeout=10)
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_the_answers_of_all_operations_are_the_models_own(server):
    model, expected = server.new_model(), LinearServable()
    with server.client(model) as live:
        np.testing.assert_array_equal(live.decode(codes_for(1, 2, 3)), decoded(1, 2, 3))
        np.testing.assert_array_equal(live.measure(codes_for(4, 5)), expected.measure(codes_for(4, 5)))
        mean, log_var = live.encode(images_for(6, 7))
        np.testing.assert_array_equal((mean, log_var), expected.encode(images_for(6, 7)))


def test_of_twenty_requests_on_a_lane_the_first_and_the_newest_are_answered(server):
    model = server.new_model()
    with server.client(model) as live:
        with model.held():
            sequences = [live.send(DECODE, codes_for(0))]
            model.wait_entered()
            sequences += [live.send(DECODE, codes_for(number)) for number in range(1, 20)]
            wait_until(lambda: server.engine(model).counters.requests == 20)
        replies = [live.receive() for _ in range(2)]
        assert [header.sequence for header, _ in replies] == [sequences[0], sequences[-1]]
        np.testing.assert_array_equal(replies[0][1], decoded(0))
        np.testing.assert_array_equal(replies[1][1], decoded(19))
        live.send(MEASURE, codes_for(0))
        assert live.receive()[0].operation is MEASURE  # nothing else was on its way


def test_lanes_and_operations_do_not_replace_each_other_and_low_lanes_come_first(server):
    model = server.new_model()
    with server.client(model) as live:
        with model.held():
            live.send(DECODE, codes_for(0))
            model.wait_entered()
            live.send(DECODE, codes_for(*range(9)), lane=2)
            live.send(DECODE, codes_for(1, 2), lane=1)
            live.send(MEASURE, codes_for(3), lane=1)
            live.send(DECODE, codes_for(4), lane=0)
            wait_until(lambda: server.engine(model).counters.requests == 5)
        headers = [live.receive()[0] for _ in range(5)]
    assert [(header.operation, header.lane) for header in headers] == [
        (DECODE, 0),
        (DECODE, 0),
        (DECODE, 1),
        (MEASURE, 1),
        (DECODE, 2),
    ]


def test_waiting_clients_share_one_call_and_each_gets_its_own_rows(server):
    model = server.new_model()
    clients = [server.client(model) for _ in range(12)]
    with model.held():
        clients[0].send(DECODE, codes_for(0))
        model.wait_entered()
        for number, live in enumerate(clients):
            live.send(DECODE, codes_for(*range(number, 2 * number + 1)))
        wait_until(lambda: server.engine(model).counters.requests == 13)
    clients[0].receive()
    for number, live in enumerate(clients):
        np.testing.assert_array_equal(live.receive()[1], decoded(*range(number, 2 * number + 1)))
        live.close()
    assert model.calls == [("decode", 1), ("decode", 128)]  # 78 rows, padded


def test_clients_of_different_models_do_not_delay_each_other(server):
    mine, yours = server.new_model(), server.new_model(image_shape=(2, 2, 3))
    with server.client(mine) as me, server.client(yours) as you, mine.held():
        me.send(DECODE, codes_for(1))
        mine.wait_entered()
        assert you.decode(codes_for(1)).shape == (1, 2, 2, 3)  # while mine is held up


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_code_that_is_not_finite_is_answered_with_an_error_and_the_connection_lives(server, value):
    model = server.new_model()
    with server.client(model) as live:
        codes = codes_for(1)
        codes[0, 3] = value
        with pytest.raises(BadRequestError, match=f"row 0 has {value} in dimension 3.*finite"):
            live.decode(codes)
        np.testing.assert_array_equal(live.decode(codes_for(2)), decoded(2))
    assert model.calls == [("decode", 1)]


def test_too_many_rows_and_none_are_answered_with_an_error_and_the_connection_lives(server):
    with server.client(server.new_model()) as live:
        for rows in (0, 1025):
            sequence = live.send(DECODE, np.zeros((rows, 4)), lane=6)
            header, error = live.receive()
            assert (header.operation, header.lane, header.sequence) == (ERROR, 6, sequence)
            assert f"{rows} rows" in error.message
        assert len(live.decode(codes_for(1))) == 1


def test_an_exception_of_the_model_is_an_error_without_the_servers_secrets(server, caplog):
    model = server.new_model()
    model.fails = RuntimeError("/secret/path")
    with server.client(model) as live:
        live.send(DECODE, codes_for(1))
        _, error = live.receive()
        assert "secret" not in str(error)
        assert "secret" in caplog.text
        model.fails = BadRequestError("That code is too far out.", "Come back.")
        with pytest.raises(BadRequestError, match="Come back"):
            live.decode(codes_for(1))
        model.fails = None
        np.testing.assert_array_equal(live.decode(codes_for(1)), decoded(1))


def test_the_error_of_a_newer_request_is_not_lost_to_the_reply_of_an_older_one(server):
    model = server.new_model()
    with server.client(model) as live:
        with model.held():
            good = live.send(DECODE, codes_for(1))
            model.wait_entered()
            bad = live.send(DECODE, np.full((1, 4), np.nan))
            first = live.receive()[0]
        assert {first.sequence, live.receive()[0].sequence} == {good, bad}


def test_an_unknown_model_is_named_with_the_way_out(server):
    with server.socket() as websocket:
        websocket.send(open_text("nowhere"))
        answer = json.loads(websocket.recv(timeout=10))
        assert answer == {
            "type": "error",
            "code": "model_not_found",
            "message": "There is no model nowhere.",
            "mend": "Choose another.",
        }
        assert closed_with(websocket) == (1008, "There is no model nowhere.")


def test_an_unexpected_error_while_loading_is_described_only_in_the_log(server, caplog):
    with server.socket() as websocket:
        websocket.send(open_text("broken"))
        assert json.loads(websocket.recv(timeout=10))["code"] == "internal"
        assert closed_with(websocket)[0] == 1011
    assert "/secret/path" in caplog.text


def test_a_client_that_leaves_while_its_model_loads_leaves_nothing(server, monkeypatch):
    model = server.new_model()
    with model.held():
        load = server.hub._load
        # The load takes as long as the servable is held.
        monkeypatch.setattr(server.hub, "_load", lambda model_id: (model.measure(codes_for(0)), load(model_id))[1])
        with server.socket() as websocket:
            websocket.send(open_text(model.model_id))
            model.wait_entered()
    with server.client(model) as live:  # the clients that stay get it
        assert live.latent_dim == 4
    wait_until(lambda: not server.endpoint.connections)


def test_an_opening_that_does_not_come_ends_the_connection():
    with running(opening_seconds=0.05) as server, server.socket() as websocket:
        assert closed_with(websocket) == (1008, "No opening was received within 0.05 s.")


def test_rejects_connections_above_the_limit():
    with running(max_connections=2) as server:
        model = server.new_model()
        with server.client(model), server.client(model) as second:
            with server.socket() as third:
                code, reason = closed_with(third)
                assert code == 1013
                assert "Try again later" in reason
            second.close()
            wait_until(lambda: len(server.endpoint.connections) == 1)
            with server.client(model) as fourth:
                assert len(fourth.decode(codes_for(1))) == 1


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "http://{host}.evil.example"])
def test_a_page_of_another_origin_is_refused_before_it_is_accepted(server, origin):
    with (
        pytest.raises(InvalidStatus) as refused,
        server.socket(additional_headers={"Origin": origin.format(host=server.host)}),
    ):
        pass
    assert refused.value.response.status_code == 403


def test_a_page_of_the_same_origin_is_let_in(server):
    with server.socket(additional_headers={"Origin": f"http://{server.host}"}) as websocket:
        websocket.send(open_text(server.new_model().model_id))
        assert json.loads(websocket.recv(timeout=10))["type"] == "opened"


def test_other_origins_may_be_let_in_by_name():
    asked = []

    def allowed(origin, host):
        asked.append((origin, host))
        return origin == "https://friend.example"

    with running(allowed_origin=allowed) as server:
        with server.socket(additional_headers={"Origin": "https://friend.example"}):
            pass
        with pytest.raises(InvalidStatus), server.socket(additional_headers={"Origin": "https://evil.example"}):
            pass
        assert asked == [("https://friend.example", server.host), ("https://evil.example", server.host)]


@pytest.mark.parametrize(
    ("origins", "host", "same"),
    [
        ([], "zscope.example", True),
        (["https://Zscope.example"], "zscope.EXAMPLE", True),
        (["https://zscope.example:8443"], "zscope.example", False),
        (["https://user@zscope.example"], "zscope.example", False),
        (["https://zscope.example", "https://evil.example"], "zscope.example", False),
        ([""], "", False),
    ],
)
def test_same_origin_is_the_same_host_and_port(origins, host, same):
    headers = Headers(raw=[(b"host", host.encode()), *((b"origin", origin.encode()) for origin in origins)])
    assert is_same_origin(headers) is same


def test_a_client_that_vanishes_in_the_middle_of_a_request_is_forgotten_quietly(server, caplog):
    model = server.new_model()
    engine = server.engine(model)
    with server.client(model) as stays:
        with model.held(), server.client(model) as goes:
            stays.send(DECODE, codes_for(1))
            model.wait_entered()
            goes.send(DECODE, codes_for(2))
            wait_until(lambda: engine.counters.requests == 2)
            drop(goes._socket)
            wait_until(lambda: engine.clients == 1)
        np.testing.assert_array_equal(stays.receive()[1], decoded(1))
        np.testing.assert_array_equal(stays.decode(codes_for(3)), decoded(3))
    assert engine.counters.rows == 2  # the vanished client's was never computed
    assert server_errors(caplog) == []


def test_a_client_that_does_not_read_costs_a_bounded_amount_and_then_gets_the_present(server):
    model = server.new_model(image_shape=(64, 64, 1))
    engine, layout = server.engine(model), Layout(4, (64, 64, 1))
    reply_bytes = 16 + 256 * 64 * 64
    with server.opened_socket(model, max_queue=1, max_size=None) as websocket:
        wait_until(lambda: engine.clients == 1)
        (connection,) = server.endpoint.connections.values()
        for number in range(30):  # 30 MB of replies, two lanes: more than all buffers on the way hold
            websocket.send(pack_request(DECODE, number % 2, number, np.full((256, 4), number), layout))
            wait_until(lambda number=number: engine.counters.batches == number + 1)
            assert connection.outbox.waiting_bytes <= 2 * reply_bytes
        received = []
        while not {28, 29} <= {header.sequence for header, _ in received}:
            received.append(parse_reply(websocket.recv(timeout=10), layout))
    assert len(received) < 30
    for lane in (0, 1):
        sequences = [header.sequence for header, _ in received if header.lane == lane]
        assert sequences == sorted(sequences)
    for header, pixels in received:
        np.testing.assert_array_equal(pixels[0], model.decode_pixels(np.full((1, 4), header.sequence, np.float32))[0])


def test_a_reply_has_the_device_and_the_time_of_the_model(server):
    model = server.new_model()
    model.device = "GPU"
    with server.client(model) as live:
        assert live.device == "GPU"
        with model.held():
            live.send(DECODE, codes_for(1))
            model.wait_entered()
            time.sleep(0.02)
        header, _ = live.receive()
        assert header.device == 1
        assert 20 <= header.milliseconds < 20_000
