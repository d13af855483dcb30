"""Requests for unknown hosts, and WebSockets of other sites' pages, reach no route."""

import asyncio

import pytest
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from tests.zscope.serving.asgi import getter
from zscope.serving import guard
from zscope.serving.guard import HostGuard, is_known_host


@pytest.fixture(autouse=True)
def name(monkeypatch):
    monkeypatch.setattr(guard.socket, "gethostname", lambda: "Lab-7.uni.example")


KNOWN = [
    "localhost", "LOCALHOST:8501", "localhost.", "app.localhost:80", "127.0.0.1", "127.8.8.8:8501", "[::1]:8501",
    "192.168.1.20:8501", "10.0.0.1", "[fe80::1]", "lab-7.uni.example:8501", "lab-7", "LAB-7.local:8501",
]  # fmt: skip
UNKNOWN = [
    "", "evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example", "xlocalhost",
    "localhost:x", "localhost:99999", "me@localhost", "localhost/x", "localhost?x", "localhost#", "a b", "[::1",
    "127.0.0.1,evil.example", "evil.example\\@localhost", "lab-7.evil.example", "lab-70",
]  # fmt: skip


@pytest.mark.parametrize("host", KNOWN)
def test_this_computer_is_known(host):
    assert is_known_host(host)


@pytest.mark.parametrize("host", UNKNOWN)
def test_other_hosts_are_unknown(host):
    assert not is_known_host(host)


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("app.example.org", True), ("APP.example.org.:443", True), ("example.org", False), ("x.app.example.org", False),
        ("a.lab.example", True), ("a.b.lab.example", True), ("lab.example", False), ("evillab.example", False),
    ],
)  # fmt: skip
def test_names_can_be_allowed(host, known):
    assert is_known_host(host, ["App.example.org", "*.lab.example"]) == known
    assert is_known_host(host, ["*"])


@pytest.fixture
def get():
    routes = [Route("/page", lambda request: PlainTextResponse("inside"))]
    return getter(routes, [Middleware(HostGuard, allowed=lambda: ["app.example.org"])])


def test_a_rebound_name_gets_no_page(get):
    assert get("/page", {"host": "localhost:8501"})[2] == b"inside"
    assert get("/page", {"host": "app.example.org"})[2] == b"inside"
    status, _, body = get("/page", {"host": "evil.example:8501"})
    assert status == 403 and b"does not answer for the host 'evil.example:8501'" in body
    status, headers, _ = get("/page", {"host": "<script>", "accept": "text/html"})
    assert status == 403 and headers["content-type"].startswith("text/plain")
    assert get("/other", {"host": "evil.example"})[0] == get("/page", {})[0] == 403


def _first_answer(host: str, origin: str) -> dict:
    """Return what a socket's client gets first."""
    sent = []

    async def socket(scope, receive, send):
        await send({"type": "websocket.accept"})

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode()), (b"origin", origin.encode())][: 2 if origin else 1]
    scope = {"type": "websocket", "path": "/live", "headers": headers}
    asyncio.run(HostGuard(socket)(scope, receive, send))
    return sent[0]


@pytest.mark.parametrize(
    ("host", "origin", "accepted"),
    [
        ("localhost:8501", "", True),
        ("localhost:8501", "http://localhost:8501", True),
        ("192.168.1.20:8501", "http://192.168.1.20:8501", True),
        ("evil.example", "http://evil.example", False),
        ("localhost:8501", "http://localhost:3000", False),
        ("localhost:8501", "http://evil.example", False),
        ("localhost:8501", "null", False),
    ],
)
def test_a_socket_needs_a_known_host_and_its_own_origin(host, origin, accepted):
    expected = {"type": "websocket.accept"} if accepted else {"type": "websocket.close", "code": 1008}
    assert _first_answer(host, origin) == expected
