"""ASGI middleware that refuses requests for other hosts and WebSockets of other sites' pages.

A page of another site can make its host name point to this server (DNS rebinding). Its requests then count as requests
of the same origin, but their Host header still has that name. So only known names are answered. IP addresses cannot be
rebound.

The rules are the same for Streamlit's routes and ours, and for HTTP and WebSockets.
"""

import ipaddress
import logging
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from vae.message import message
from zscope.serving.http_errors import ForeignOriginError
from zscope.serving.origins import is_same_origin
from zscope.serving.routes import error_response

__all__ = ["HostGuard", "is_known_host", "own_names"]

LOGGER = logging.getLogger(__name__)
_REFUSED = 1008  # close code of a WebSocket that breaks a rule; before it is accepted, clients get the status 403


class HostGuard:
    """ASGI middleware, see the module.

    Args:
        app: the application.
        allowed: returns further host names, see `is_known_host`.
    """

    def __init__(self, app: ASGIApp, allowed: Callable[[], Sequence[str]] = tuple):
        self.app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not is_known_host(hosts[0], self._allowed()):
            host = hosts[0] if hosts else ""
            LOGGER.warning("refused a request for the host %.200r", host)
            fault = ForeignOriginError(
                message("This server does not answer for the host {host}.", host=repr(host[:100])),
                "Open it by its address or as localhost, or start it with --allowed-host and that name.",
            )
            return await _refuse(scope, receive, send, fault)
        if scope["type"] == "websocket" and not is_same_origin(headers):
            LOGGER.warning("refused a WebSocket from the origin %.200r", headers.get("origin"))
            return await _refuse(scope, receive, send, ForeignOriginError("Another site's page asked."))
        return await self.app(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send, fault: ForeignOriginError) -> None:
    if scope["type"] == "websocket":
        await receive()  # the request to connect
        await send({"type": "websocket.close", "code": _REFUSED})
        return
    await error_response(Request(scope), fault)(scope, receive, send)


def is_known_host(host: str, allowed: Sequence[str] = ()) -> bool:
    """Return whether requests with this Host header are answered.

    Args:
        host: the header: a name or an address, with or without a port.
        allowed: names besides localhost, addresses and this computer's own names. `*.example.org` stands for all names
            below it, `*` for all names.
    """
    try:
        parsed = urlsplit(f"//{host}")
        name, _ = (parsed.hostname or "").rstrip("."), parsed.port  # a wrong port raises an error
    except ValueError:
        return False
    if not name or parsed.netloc != host or parsed.username is not None:
        return False
    if name == "localhost" or name.endswith(".localhost") or name in own_names() or _is_address(name):
        return True
    for one in allowed:
        pattern = one.strip().lower().rstrip(".")
        if pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:])):
            return True
    return False


def own_names() -> frozenset[str]:
    """Return the names of this computer in its network, in lower case: its host name, alone and with .local."""
    name = socket.gethostname().lower().rstrip(".")
    first = name.partition(".")[0]
    return frozenset({name, first, f"{first}.local"} if first else ())


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
