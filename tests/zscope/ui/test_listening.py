"""Who is offered what only a browser on the server's computer may use."""

from types import SimpleNamespace

import pytest

from zscope.ui import listening
from zscope.ui.listening import allowed_hosts, is_local_browser


@pytest.mark.parametrize(
    ("address", "client", "headers", "local"),
    [
        ("localhost", None, {}, True),
        ("127.0.0.1", "127.0.0.1", {}, True),
        ("::1", "::1", {}, True),
        ("localhost", "192.168.1.9", {}, False),
        ("0.0.0.0", "127.0.0.1", {}, False),  # perhaps a proxy that sends no header
        ("", None, {}, False),
        ("192.168.1.5", None, {}, False),
        ("localhost", None, {"x-forwarded-for": "10.0.0.9"}, False),
        ("localhost", None, {"forwarded": "for=10.0.0.9"}, False),
        ("localhost", "127.0.0.1", {"via": "1.1 proxy"}, False),
    ],
)
def test_a_browser_is_local_only_if_no_other_can_connect(address, client, headers, local, monkeypatch):
    monkeypatch.setattr(listening.st, "get_option", {"server.address": address}.get)
    monkeypatch.setattr(listening.st, "context", SimpleNamespace(ip_address=client, headers=headers))
    assert is_local_browser() == local


def test_names_come_from_the_variable_and_from_streamlit(monkeypatch):
    monkeypatch.setenv("ZSCOPE_ALLOWED_HOSTS", "a.example, *.b.example")
    monkeypatch.setattr(listening.st, "get_option", {"server.allowedHosts": ["c.example"]}.get)
    assert allowed_hosts() == ["a.example", "*.b.example", "c.example"]
