"""The links that phones open, with their QR codes."""

import io
from typing import Literal
from urllib.parse import urlsplit

import segno
from starlette.datastructures import URL, Headers

from zscope.messages import RoomLinks
from zscope.serving.audience.addresses import is_loopback, network_addresses

__all__ = ["Reach", "qr_code", "reach_of", "room_links"]

Reach = Literal["network", "computer", "none"]
_MOST = 6  # links


def room_links(headers: Headers, url: URL, token: str, listening: str) -> RoomLinks:
    """Return the links of a room for its speaker's page.

    Args:
        headers: of the speaker's connection.
        url: of the same; the room's path is `{path}/{token}`.
        token: of the room.
        listening: the address that the server listens on; "" means all.

    Returns:
        `links`: each with `url` and `qr`, an SVG, the most useful first. `reach`: "network" if other computers can open
        them, "computer" if the server listens on this computer only, "none" if this computer has no network.
    """
    host = headers.get("host", "")
    parsed = urlsplit(f"//{host}")
    name, port = parsed.hostname or "localhost", f":{parsed.port}" if parsed.port else ""
    # A proxy may serve HTTPS to browsers and HTTP to this server, so the page's own origin counts.
    scheme = urlsplit(headers.get("origin", "")).scheme
    if scheme not in ("http", "https"):
        scheme = "https" if url.scheme == "wss" else "http"
    hosts, reach = _hosts(name, listening)
    addresses = [f"{scheme}://{_bracketed(one)}{port}{url.path}/{token}" for one in hosts]
    return {"links": [{"url": address, "qr": qr_code(address)} for address in addresses], "reach": reach}


def reach_of(host: str, listening: str) -> Reach:
    """Return who could open the links of a room.

    Args:
        host: the `Host` header of the speaker's page.
        listening: the address that the server listens on; "" means all.
    """
    return _hosts(urlsplit(f"//{host}").hostname or "localhost", listening)[1]


def _hosts(name: str, listening: str) -> tuple[list[str], Reach]:
    if not is_loopback(name):
        return [name], "network"  # the speaker's browser came by it
    if is_loopback(listening):
        return [name], "computer"
    found = [listening] if listening not in ("", "0.0.0.0", "::") else network_addresses()[:_MOST]
    return (found, "network") if found else ([name], "none")


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def qr_code(text: str) -> str:
    """Return a QR code as SVG: black on white in any colour scheme, with the margin that scanners need."""
    svg = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(svg, kind="svg", border=4, dark="#000", light="#fff", xmldecl=False, omitsize=True)
    return svg.getvalue().decode()
