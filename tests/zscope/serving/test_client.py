"""The Python client: chunks, operations, and errors as exceptions."""

import numpy as np
import pytest
from linear_servable import IMAGE_SHAPE, LinearServable, codes_for, decoded, images_for
from live_server import running

from vae.errors import BadRequestError, ModelNotFoundError
from zscope.serving import ConnectionLostError, LiveClient
from zscope.serving.client import _channel_url
from zscope.serving.protocol import Operation


def test_a_client_knows_its_model(server):
    with server.client(server.new_model()) as live:
        assert (live.latent_dim, live.image_shape, live.device) == (4, IMAGE_SHAPE, "CPU")


def test_large_arrays_are_sent_in_chunks_and_come_back_whole(server):
    model = server.new_model()
    with server.client(model) as live:
        numbers = range(2500)
        np.testing.assert_array_equal(live.decode(codes_for(*numbers)), decoded(*numbers))
        images = images_for(*[number % 200 for number in range(600)])
        mean, log_var = live.encode(images)
        np.testing.assert_array_equal((mean, log_var), LinearServable().encode(images))
        assert live.last_milliseconds > 0
    assert {name: sum(n for called, n in model.calls if called == name) for name in ("decode", "encode")} == {
        "decode": 2560,
        "encode": 640,
    }


def test_images_are_encoded_and_decoded_in_one(server):
    model = server.new_model()
    with server.client(model) as live:
        images = images_for(*[number % 200 for number in range(300)])
        mean, log_var, pixels = live.reconstruct(images)
        expected = LinearServable()
        np.testing.assert_array_equal((mean, log_var), expected.encode(images))
        np.testing.assert_array_equal(pixels, expected.decode_pixels(mean))
        assert {name for name, _ in model.calls} == {"encode", "decode"} and len(model.calls) == 4
        with pytest.raises(BadRequestError, match="uint8"):
            live.reconstruct(images / 255)


def test_places_and_codes_of_a_map(server):
    with server.client(server.new_model()) as live:
        codes = codes_for(3, 5)
        np.testing.assert_array_equal(live.place(codes), codes[:, :2] * 2)
        found = live.invert(np.array([[2.0, -4.0], [6.0, 8.0]]), codes)
        np.testing.assert_array_equal(found[:, :4], [[1, -2, 6, 1], [3, 4, 10, 1]])
        np.testing.assert_array_equal(found[:, 4:], [[2, 4, 3, -3], [6, 8, 7, 9]])


def test_empty_arrays_give_empty_arrays(server):
    model = server.new_model()
    with server.client(model) as live:
        assert live.decode(np.zeros((0, 4))).shape == (0, *IMAGE_SHAPE)
        assert live.measure(np.zeros((0, 4))).shape == (0, 3)
        assert [part.shape for part in live.encode(np.zeros((0, *IMAGE_SHAPE), np.uint8))] == [(0, 4), (0, 4)]
        assert [len(part) for part in live.reconstruct(np.zeros((0, *IMAGE_SHAPE), np.uint8))] == [0, 0, 0]
    assert model.calls == []


@pytest.mark.parametrize("codes", [np.zeros((1, 5)), np.zeros(4), np.zeros((0, 3)), [[1, 2]]])
def test_an_array_of_another_width_is_refused_before_it_is_sent(server, codes):
    with server.client(server.new_model()) as live:
        with pytest.raises(BadRequestError, match=r"Use the shape \(n, 4\)"):
            live.decode(codes)
        assert len(live.decode(codes_for(1))) == 1


def test_images_that_are_not_bytes_are_refused(server):
    with server.client(server.new_model()) as live, pytest.raises(BadRequestError, match="uint8"):
        live.encode(images_for(1) / 255)


def test_an_unknown_model_raises_the_servers_own_error(server):
    with pytest.raises(ModelNotFoundError) as raised:
        LiveClient(f"http://{server.host}", "nowhere")
    assert raised.value.message == "There is no model nowhere."
    assert raised.value.hint == "Choose another."


def test_a_missing_server_raises_a_connection_error():
    with pytest.raises(ConnectionLostError, match="Start the app"):
        LiveClient("http://127.0.0.1:9", "m")


def test_another_server_is_a_lost_connection(server):
    with pytest.raises(ConnectionLostError):
        LiveClient(f"ws://{server.host}/elsewhere", "m")


def test_a_server_that_stops_is_a_lost_connection():
    with running() as server:
        live = server.client(server.new_model())
        live.decode(codes_for(1))
    with pytest.raises(ConnectionLostError, match="1012"):
        live.decode(codes_for(1))
    live.close()
    live.close()


def test_a_model_that_was_put_away_asks_the_client_to_come_again(server):
    model = server.new_model()
    with server.client(model) as live:
        server.engine(model).close()
        with pytest.raises(ConnectionLostError, match=r"1012.*unloaded"):
            live.decode(codes_for(1))


def test_a_late_reply_is_not_taken_for_the_next(server):
    with server.client(server.new_model()) as live:
        live.send(Operation.DECODE, codes_for(1), lane=3)
        np.testing.assert_array_equal(live.decode(codes_for(2)), decoded(2))


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://localhost:8501", "ws://localhost:8501/live"),
        ("http://localhost:8501/", "ws://localhost:8501/live"),
        ("https://example.org/zscope", "wss://example.org/zscope/live"),
        ("https://example.org/live", "wss://example.org/live"),
        ("ws://localhost:8501/elsewhere", "ws://localhost:8501/elsewhere"),
    ],
)
def test_addresses(given, used):
    assert _channel_url(given) == used


def test_an_address_of_another_kind_is_refused():
    with pytest.raises(BadRequestError, match="ftp"):
        LiveClient("ftp://localhost", "m")
