"""The running app against clients that ask for too much: each of these once took all memory or locked others out."""

import json
import socket
from contextlib import ExitStack
from http.client import HTTPConnection
from itertools import permutations

import numpy as np
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from zscope.serving import LiveClient
from zscope.serving.handshake import open_text
from zscope.serving.protocol import MESSAGE_BYTES

pytestmark = pytest.mark.browser


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def head(line: str, size: int) -> bytes:
    return f"{line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n".encode()


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


_ROUTES = [
    "/", "/map", "/_stcore/health", "/_stcore/host-config", "/content/models/mnist-16/codes", "/content/nonsense",
    "/assets/css/shell.css", "/assets/vendor/plotly.min.js", "/audience/x", "/favicon.png", "/healthz", "/readyz",
    "/metrics",
]  # fmt: skip


def _answer(app_url: str, path: str, **headers: str) -> tuple[int, dict[str, str]]:
    connection = HTTPConnection("127.0.0.1", port_of(app_url), timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


@pytest.mark.parametrize("path", _ROUTES)
def test_every_route_has_the_headers_and_refuses_a_rebound_name(app_url, path):
    _, headers = _answer(app_url, path)
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in headers["content-security-policy"]
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert _answer(app_url, path, Host="evil.example")[0] == 403


@pytest.mark.parametrize("path", ["live", "remote", "audience", "_stcore/stream"])
def test_no_socket_opens_for_another_site(app_url, path):
    address = f"{app_url.replace('http', 'ws')}/{path}"
    connect(address, origin=app_url, compression=None).close()
    for origin in ("http://localhost:1", "http://evil.example"):
        with pytest.raises(InvalidStatus, match="403"):
            connect(address, origin=origin, compression=None)
    with pytest.raises(InvalidStatus, match="403"):  # the name of a site that points to this server
        connect(
            f"ws://evil.example:{port_of(app_url)}/{path}",
            sock=socket.create_connection(("127.0.0.1", port_of(app_url))),
            origin=f"http://evil.example:{port_of(app_url)}", compression=None,
        )  # fmt: skip


def test_pictures_are_private_and_scripts_are_not(app_url):
    _, headers = _answer(app_url, "/content/models/mnist-16/codes")
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert _answer(app_url, "/assets/vendor/plotly.min.js")[1]["cache-control"].startswith("public")


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
