"""The address in a room's QR code, and that it can be scanned."""

import re

import numpy as np
import pytest
import zxingcpp
from starlette.datastructures import URL, Headers

from zscope.serving.audience import addresses, links
from zscope.serving.audience.addresses import is_loopback, network_addresses
from zscope.serving.audience.links import qr_code, reach_of, room_links


def linked(host: str, listening: str, origin: str = "", path: str = "/audience") -> tuple[list[str], str]:
    headers = Headers({"host": host, **({"origin": origin} if origin else {})})
    answer = room_links(headers, URL(f"ws://{host}{path}"), "token", listening)
    return [link["url"] for link in answer["links"]], answer["reach"]


@pytest.fixture(autouse=True)
def network(monkeypatch):
    monkeypatch.setattr(links, "network_addresses", lambda: ["192.168.1.5", "10.0.0.7"])


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_server_of_this_computer_alone_says_so(host):
    assert linked(f"{host}:8501", "localhost") == ([f"http://{host}:8501/audience/token"], "computer")


@pytest.mark.parametrize("listening", ["", "0.0.0.0", "::"])
def test_a_page_at_localhost_links_to_the_addresses_in_the_networks(listening):
    expected = ["http://192.168.1.5:8501/audience/token", "http://10.0.0.7:8501/audience/token"]
    assert linked("localhost:8501", listening) == (expected, "network")


def test_a_server_at_one_address_links_to_that():
    assert linked("localhost:8501", "10.0.0.7") == (["http://10.0.0.7:8501/audience/token"], "network")


def test_the_host_of_the_page_is_used_where_it_is_not_localhost():
    url = "https://zscope.example.org/base/audience/token"
    assert linked("zscope.example.org", "localhost", "https://zscope.example.org", "/base/audience") == (
        [url],
        "network",
    )


@pytest.mark.parametrize(
    ("host", "listening"),
    [
        ("localhost:8501", "localhost"),
        ("[::1]:8501", "::1"),
        ("localhost:8501", ""),
        ("10.0.0.7:8501", "0.0.0.0"),
        ("", ""),
    ],
)
def test_the_page_knows_before_a_session_who_could_open_its_link(host, listening):
    assert reach_of(host, listening) == linked(host or "localhost", listening)[1]


def test_without_a_network_the_panel_is_told(monkeypatch):
    monkeypatch.setattr(links, "network_addresses", list)
    assert linked("localhost:8501", "") == (["http://localhost:8501/audience/token"], "none")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "app.localhost", "127.0.0.1", "127.3.2.1", "::1", "[::1]"])
def test_hosts_of_this_computer(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "192.168.1.5", "localhost.example.org", "::"])
def test_hosts_that_others_reach(host):
    assert not is_loopback(host)


def test_the_addresses_of_this_computer_are_none_of_its_own_loops(monkeypatch):
    found = network_addresses()
    assert not any(is_loopback(address) for address in found) and len(set(found)) == len(found)
    monkeypatch.setattr(addresses, "_default_address", lambda: "10.9.8.7")
    assert network_addresses()[0] == "10.9.8.7"
    monkeypatch.setattr(addresses, "_default_address", lambda: "")  # no default route
    assert "" not in network_addresses()


def raster(svg: str, scale: int) -> np.ndarray:
    """The picture of an SVG of segno: a white square, and black lines of one unit's width."""
    side = int(re.search(r'viewBox="0 0 (\d+) \1"', svg)[1])
    white, black = re.findall(r"<path ([^>]*)/>", svg)
    assert 'fill="#fff"' in white and f"M0 0h{side}v{side}h-{side}z" in white and 'stroke="#000"' in black
    modules = np.full((side, side), 255, np.uint8)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.search(r'd="([^"]*)"', black)[1]):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            modules[int(y), int(x) : int(x + values[0])] = 0
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return modules.repeat(scale, 0).repeat(scale, 1)


@pytest.mark.parametrize("scale", [2, 8])
def test_a_scanner_reads_the_link(scale):
    url = "http://192.168.1.5:8501/audience/" + "aB3-_" * 4 + "xy"
    picture = raster(qr_code(url), scale)
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [url]
    margin = picture[: 4 * scale]
    assert (margin == 255).all(), "the quiet zone is four modules wide"
