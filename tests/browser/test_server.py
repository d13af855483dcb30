"""The running app against clients that ask for too much: each of these once took all memory or locked others out."""

import json
import socket
from contextlib import ExitStack
from itertools import permutations

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from zscope.serving import LiveClient
from zscope.serving.handshake import open_text
from zscope.serving.protocol import MESSAGE_BYTES

pytestmark = pytest.mark.browser


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def head(line: str, size: int) -> bytes:
    return f"{line} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n".encode()


def test_the_server_listens_on_localhost_only(app_url):
    """127.0.0.2 is this computer too, as long as the server listens on all addresses."""
    with socket.create_connection(("127.0.0.1", port_of(app_url))), pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", port_of(app_url)))


def test_a_body_for_no_model_is_not_read(app_url):
    with socket.create_connection(("127.0.0.1", port_of(app_url)), timeout=20) as client:
        client.sendall(head("POST /content/models/nonsense/archive", 60_000_000))
        assert client.recv(1000).startswith(b"HTTP/1.1 404")  # though not a byte of it has come


def test_a_large_body_is_refused_before_it_comes(app_url):
    with socket.create_connection(("127.0.0.1", port_of(app_url)), timeout=20) as client:
        client.sendall(head("POST /content/models/mnist-16/archive", 900_000_000))
        received = b""
        while part := client.recv(1000):  # the server hangs up, too
            received += part
        assert received.startswith(b"HTTP/1.1 413")


def test_a_large_live_message_is_refused_before_it_comes(app_url):
    with connect(f"{app_url.replace('http', 'ws')}/live", compression=None) as websocket:
        websocket.send(open_text("mnist-16"))
        websocket.recv(timeout=60)
        websocket.socket.sendall(b"\x82\xff" + (MESSAGE_BYTES + 1).to_bytes(8, "big") + bytes(4))
        with pytest.raises(ConnectionClosed) as closed:
            websocket.recv(timeout=20)
        assert closed.value.rcvd.code == 1009


@pytest.mark.full
def test_maps_of_many_axes_take_no_room_from_models(app_url):
    with ExitStack() as stack:
        for first, second in list(permutations(range(16), 2))[:60]:
            websocket = stack.enter_context(connect(f"{app_url.replace('http', 'ws')}/live", compression=None))
            websocket.send(open_text(f"mnist-16?method=raw&images=test&axes={first},{second}"))
            assert json.loads(websocket.recv(timeout=60))["type"] == "opened"
        for model in ("mnist-16", "fashion-16"):
            with LiveClient(app_url, model) as live:
                assert live.decode(np.zeros((1, live.latent_dim))).shape == (1, 28, 28, 1)


def test_pages_that_are_opened_directly_find_the_server_at_once(browser, app_url):
    context = browser.new_context()
    page = context.new_page()
    answers = []
    page.on("response", lambda response: answers.append((response.status, response.url)))
    page.goto(f"{app_url}/models?model=mnist-16")
    page.get_by_role("heading", name="Models").first.wait_for(timeout=180_000)
    assert [url for status, url in answers if status >= 400] == []
    assert f"{app_url}/_stcore/health" in {url for _, url in answers}
    context.close()
