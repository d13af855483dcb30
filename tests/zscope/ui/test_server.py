"""What the server does to its sockets."""

import socket
import tomllib
from pathlib import Path

import pytest

from zscope.ui import server
from zscope.ui.server import _disable_nagle, _warn_if_public

CONFIG = tomllib.loads((Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml").read_text())


def test_by_default_only_this_computer_can_connect():
    """A test of the running app: tests/browser/test_server.py."""
    assert CONFIG["server"]["address"] == "localhost"


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.0.0.2", "::1"])
def test_no_warning_for_addresses_of_this_computer(address, monkeypatch, caplog):
    monkeypatch.setattr(server.st, "get_option", {"server.address": address}.get)
    _warn_if_public()
    assert not caplog.messages


@pytest.mark.parametrize(("address", "named"), [("0.0.0.0", "0.0.0.0"), ("::", "::"), (None, "all addresses")])
def test_a_warning_names_the_address_where_other_computers_can_connect(address, named, monkeypatch, caplog):
    monkeypatch.setattr(server.st, "get_option", {"server.address": address}.get)
    _warn_if_public()
    assert caplog.messages == [f"Zscope listens on {named}: everyone who can reach this port can use it."]


def test_new_connections_do_not_delay_packets():
    """As Streamlit binds it: without saying that it is TCP, which asyncio goes by."""
    with socket.socket(socket.AF_INET) as listening:
        listening.bind(("127.0.0.1", 0))
        assert not listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        _disable_nagle()
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
