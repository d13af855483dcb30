"""`zscope --window`: the app in a browser's app mode, in a real server and a real browser."""

import os
import subprocess
import sys
import time
import urllib.request

import pytest

from tests.browser import chromium
from tests.browser.app_server import free_port

pytestmark = pytest.mark.browser


def start(tmp_path, path: str, port: int) -> subprocess.Popen:
    command = [sys.executable, "-c", "from zscope.cli import main; main()", "--window", "--port", str(port)]
    environment = os.environ | {"PATH": path, "HOME": str(tmp_path)}
    with (tmp_path / "log").open("wb") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)


def test_the_window_shows_the_app_and_closing_it_stops_the_server(tmp_path, browser):
    port = free_port()
    # A headless browser under the name of an installed one; it notes how it was started, and stays open until told.
    tool = tmp_path / "bin" / "google-chrome"
    tool.parent.mkdir()
    real = chromium.find_chromium() or browser.browser_type.executable_path
    tool.write_text(
        f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\n'
        f'url=$(echo "$1" | sed s/--app=//)\n'
        f'"{real}" --headless --no-sandbox --disable-gpu --user-data-dir={tmp_path}/profile --virtual-time-budget=20000'
        f' --dump-dom "$url" > {tmp_path}/page.html 2> {tmp_path}/browser.log\n'
        f"while [ ! -e {tmp_path}/close ]; do sleep 0.1; done\n"
    )
    tool.chmod(0o755)
    server = start(tmp_path, f"{tool.parent}:/usr/bin:/bin", port)
    try:
        end = time.monotonic() + 120
        while not (tmp_path / "page.html").exists() or not (tmp_path / "page.html").read_text().strip():
            assert time.monotonic() < end and server.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.1)
        arguments = (tmp_path / "arguments").read_text()
        assert f"--app=http://localhost:{port} " in arguments
        assert f"--user-data-dir={tmp_path}/.zscope/window" in arguments  # not the profile that is open already
        assert '<div id="root">' in (tmp_path / "page.html").read_text()
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health") as answer:
            assert answer.status == 200
        (tmp_path / "close").touch()
        server.wait(60)
        assert "Traceback" not in (tmp_path / "log").read_text()
    finally:
        server.kill()
        (tmp_path / "close").touch()


def test_without_a_suitable_browser_the_command_says_what_to_do(tmp_path):
    server = start(tmp_path, str(tmp_path), free_port())
    assert server.wait(60) == 1
    assert "needs Chrome, Edge or Chromium" in (tmp_path / "log").read_text()
