"""Remote control: who may send, what reaches the pages that follow, and what is refused."""

import json
import threading
from contextlib import contextmanager

import pytest
from live_server import running
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from vae.errors import BadRequestError
from zscope.serving.http_errors import ConnectionLostError
from zscope.serving.remote import MESSAGE_CHARACTERS, checked_change, merged_change, remote_route
from zscope.serving.remote_client import RemoteSender


@contextmanager
def remote(token=None, public=False):
    with running([remote_route("/remote", token=token, is_public=lambda: public)]) as server:
        yield server.host


@pytest.fixture(scope="module")
def host():
    with remote() as host:
        yield host


@contextmanager
def opened(host, role="follow", **headers):
    with connect(f"ws://{host}/remote", additional_headers=headers) as socket:
        socket.send(json.dumps({"role": role}))
        assert json.loads(socket.recv(10))["role"] == role
        yield socket


def refusal(host, message, **headers) -> tuple[int, str]:
    """The close code and reason of a connection that begins with a message."""
    with connect(f"ws://{host}/remote", additional_headers=headers) as socket:
        socket.send(message)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(10)
    return closed.value.rcvd.code, closed.value.rcvd.reason


def test_changes_reach_every_follower_and_reports_the_sender(host):
    with opened(host) as one, opened(host) as other, RemoteSender(f"http://{host}") as sender:
        assert sender.followers == 2
        sender.send({"set": {"3": 0.5}})
        for page in (one, other):
            assert json.loads(page.recv(10)) == {"set": {"3": 0.5}}
        one.send(json.dumps({"percentile": 12.5, "distance": 3.25}))
        assert next(sender.reports()) == {"percentile": 12.5, "distance": 3.25}


def test_a_slow_follower_gets_one_message_that_combines_what_it_missed():
    merged = None
    for change in ({"set": {"1": 1.0}}, {"set": {"2": 2.0}}, {"set": {"1": 3.0}}, {"class": 4}):
        merged = merged_change(merged, checked_change(change))
    assert merged == {"set": {"1": 3.0, "2": 2.0}, "class": 4}
    merged = merged_change(merged, {"slider": {"1": 0.5}})
    assert merged == {"set": {"2": 2.0}, "slider": {"1": 0.5}, "class": 4}, "the newer of two values counts"
    assert merged_change(merged, {"random": True}) == {"random": True, "class": 4}
    assert merged_change({"random": True}, {"set": {"1": 1.0}}) == {"random": True, "set": {"1": 1.0}}
    assert merged_change({"random": True, "set": {"1": 1.0}}, {"z": [0.0]}) == {"z": [0.0]}


def test_many_changes_end_in_the_last_state(host):
    with opened(host) as page, RemoteSender(f"http://{host}") as sender:
        for step in range(2000):
            sender.send({"set": {str(step % 3): step / 10}})
        state: dict[str, float] = {}
        while state.get("1") != 199.9:
            state |= json.loads(page.recv(10))["set"]
        assert state == {"0": 199.8, "1": 199.9, "2": 199.7}


@pytest.mark.parametrize(
    "message",
    [
        {}, [], 3, None, "z", {"z": []}, {"z": [float("nan")]}, {"z": [1e9]}, {"z": ["1"]}, {"z": [True]},
        {"z": [float("inf")]}, {"z": [10**400]}, {"class": 10**400},
        {"z": [0.0] * 5000}, {"set": {"-1": 0}}, {"set": {"1.5": 0}}, {"set": {"٣": 0}}, {"set": {"9999": 0}},
        {"set": {"1": None}}, {"slider": {"1": 1.5}}, {"random": 1}, {"class": -1}, {"class": True}, {"class": 1.5},
        {"surprise": 1}, {"set": {"1": 0}, "surprise": 1},
    ],
)  # fmt: skip
def test_a_message_that_is_no_change_is_refused(message):
    with pytest.raises(BadRequestError):
        checked_change(message)


@pytest.mark.parametrize("message", ["", "{", "[" * 5000, '{"role": "admin"}', "3", "x" * (MESSAGE_CHARACTERS + 1)])
def test_nonsense_closes_the_connection(host, message):
    code, reason = refusal(host, message)
    assert code == 1008 and reason


def test_a_sender_of_nonsense_is_closed_and_the_pages_stay(host):
    with opened(host) as page:
        with opened(host, "send") as sender:
            sender.send('{"set": {"1": "a"}}')
            with pytest.raises(ConnectionClosed):
                sender.recv(10)
        with RemoteSender(f"http://{host}") as good:
            good.send({"random": True})
            assert json.loads(page.recv(10)) == {"random": True}


def test_pages_may_follow_but_not_send_and_other_sites_neither(host):
    own = {"Origin": f"http://{host}"}
    with opened(host, **own):
        pass
    assert "Only programs" in refusal(host, '{"role": "send"}', **own)[1]
    with pytest.raises(Exception, match="403"):
        connect(f"ws://{host}/remote", additional_headers={"Origin": "https://evil.example"})


def test_a_token_is_needed_where_the_server_is_public():
    with remote(public=True) as host, pytest.raises(ConnectionLostError, match="Set ZSCOPE_REMOTE_TOKEN"):
        RemoteSender(f"http://{host}", "guess")
    with remote("secret", public=True) as host:
        for wrong in ("", "guess", "secret "):
            with pytest.raises(ConnectionLostError, match="The token is not that of the server"):
                RemoteSender(f"http://{host}", wrong)
        with opened(host) as page, RemoteSender(f"http://{host}", "secret") as sender:
            sender.send({"class": 2})
            assert json.loads(page.recv(10)) == {"class": 2}


def test_too_many_senders_are_refused(host):
    kept = [RemoteSender(f"http://{host}") for _ in range(8)]
    try:
        with pytest.raises(ConnectionLostError, match="8 clients are connected"):
            RemoteSender(f"http://{host}")
    finally:
        for sender in kept:
            sender.close()


def test_without_an_app_the_error_says_so():
    with pytest.raises(ConnectionLostError, match="No app answers"):
        RemoteSender("http://127.0.0.1:9")
    with pytest.raises(BadRequestError, match="not the address of an app"):
        RemoteSender("localhost:8501")


def test_reports_end_when_the_app_stops():
    with remote() as host:
        sender = RemoteSender(f"http://{host}")
        ended = threading.Event()
        threading.Thread(target=lambda: (list(sender.reports()), ended.set()), daemon=True).start()
    assert ended.wait(10)
    with pytest.raises(ConnectionLostError, match="closed the connection"):
        sender.send({"random": True})
