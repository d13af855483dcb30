"""`zscope osc`: what messages mean, and the bridge between real UDP packets and a real server."""

import json
import re
import socket
import subprocess
import sys
import threading

import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import BlockingOSCUDPServer
from pythonosc.udp_client import SimpleUDPClient
from websockets.sync.client import connect

from tests.browser.app_server import free_port, running_app
from vae.errors import BadRequestError
from zscope.cli.osc import change_of


@pytest.mark.parametrize(
    ("address", "arguments", "change"),
    [
        ("/zscope/z", (3, 0.5), {"set": {"3": 0.5}}),
        ("/zscope/z", (3, 1), {"set": {"3": 1.0}}),
        ("/zscope/z/3", (0.5,), {"set": {"3": 0.5}}),
        ("/zscope/z", (0.5, -1.5), {"z": [0.5, -1.5]}),
        ("/zscope/z", (1, 2, 3), {"z": [1.0, 2.0, 3.0]}),
        ("/zscope/slider/7", (0.25,), {"slider": {"7": 0.25}}),
        ("/zscope/random", (), {"random": True}),
        ("/zscope/random", (1.0,), {"random": True}),
        ("/zscope/class", (4,), {"class": 4}),
        ("/zscope/class", (4.0,), {"class": 4}),
    ],
)
def test_what_a_message_means(address, arguments, change):
    assert change_of(address, arguments) == change


@pytest.mark.parametrize(
    ("address", "arguments"),
    [
        ("/zscope", ()), ("/zscope/z", ()), ("/zscope/z/x", (1.0,)), ("/zscope/z/1", ()), ("/zscope/z", (-1, 0.5)),
        ("/zscope/z", ("a", "b")), ("/zscope/z", (float("nan"), 1.0)), ("/zscope/z", (True, 1.0)),
        ("/zscope/slider/1", (2.0,)), ("/zscope/class", (1.5,)), ("/zscope/class", (float("inf"),)),
        ("/zscope/unknown", (1,)), ("/other/z/1", (1.0,)),
    ],
)  # fmt: skip
def test_other_messages_are_refused(address, arguments):
    with pytest.raises(BadRequestError):
        change_of(address, arguments)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("app") / "log") as url:
        yield url


def start(app: str, *options: str) -> tuple[subprocess.Popen, int]:
    """Start the command; return the process and its UDP port when it listens."""
    port = free_port()
    command = [sys.executable, "-m", "zscope", "osc", "--port", str(port), "--app", app, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    line = process.stdout.readline()
    assert re.fullmatch(rf"Listening for OSC on 127\.0\.0\.1:{port}\. Pages that follow: \d+\.\n", line), line
    return process, port


def test_packets_reach_a_page_that_follows_and_its_reports_come_back(app):
    heard, complete = {}, threading.Event()

    def hear(address, value):
        heard[address] = value
        if len(heard) == 2:
            complete.set()

    dispatcher = Dispatcher()
    dispatcher.set_default_handler(hear)
    replies = BlockingOSCUDPServer(("127.0.0.1", 0), dispatcher)
    threading.Thread(target=replies.serve_forever, daemon=True).start()
    with connect(f"ws{app[4:]}/remote", additional_headers={"Origin": app}) as page:
        page.send('{"role": "follow"}')
        page.recv(10)
        process, port = start(app, "--reply", f"127.0.0.1:{replies.server_address[1]}")
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
                for nonsense in (b"", b"\xff" * 50, b"/zscope/z\0\0\0,if\0\0"):
                    raw.sendto(nonsense, ("127.0.0.1", port))
            client = SimpleUDPClient("127.0.0.1", port)
            client.send_message("/zscope/nothing", 1)
            client.send_message("/zscope/z", [3, 0.5])
            assert json.loads(page.recv(20)) == {"set": {"3": 0.5}}
            client.send_message("/zscope/z", [0.25, -0.5, 1.0])
            assert json.loads(page.recv(20)) == {"z": [0.25, -0.5, 1.0]}
            page.send('{"percentile": 50.5, "distance": 2.5}')
            assert complete.wait(20)
            assert heard == {"/zscope/percentile": 50.5, "/zscope/distance": 2.5}
        finally:
            process.terminate()
            output, _ = process.communicate(timeout=20)
            replies.shutdown()
            replies.server_close()
    assert "/zscope/nothing: Not a message that Zscope knows" in output


def test_it_ends_when_the_app_ends(tmp_path):
    with running_app(tmp_path / "log") as url:
        process, _ = start(url)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "closed the connection" in output


def test_what_is_missing_is_named(command, monkeypatch):
    with pytest.raises(BadRequestError, match="HOST:PORT"):
        command("osc", "--reply", "somewhere")
    monkeypatch.setitem(sys.modules, "pythonosc.dispatcher", None)
    with pytest.raises(BadRequestError, match=r"python-osc is not installed.*zscope\[osc\]"):
        command("osc")
