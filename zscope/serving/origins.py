"""Checks whether a request comes from this app's own pages."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.websockets import WebSocket

__all__ = ["AllowedOrigin", "accept_same_origin", "is_same_origin"]

LOGGER = logging.getLogger(__name__)
AllowedOrigin = Callable[[str, str], bool]  # (origin, host) → may it connect?


def is_same_origin(headers: Headers, allowed_origin: AllowedOrigin | None = None) -> bool:
    """Return whether a page of the request's origin may connect to this host.

    Browsers send the true origin of a page, so other sites' pages cannot use a visitor's access. Programs that send no
    origin are accepted: they do not act for a visitor.
    """
    origins = headers.getlist("origin")
    if not origins:
        return True
    host = headers.get("host", "")
    try:
        netloc = urlsplit(origins[0]).netloc
    except ValueError:  # unbalanced brackets
        return False
    if len(origins) == 1 and netloc and netloc.lower() == host.lower():
        return True
    return len(origins) == 1 and allowed_origin is not None and allowed_origin(origins[0], host)


async def accept_same_origin(websocket: WebSocket, client: str, allowed_origin: AllowedOrigin | None = None) -> bool:
    """Accept a WebSocket of this app's own pages or of a program; refuse and log another one.

    Args:
        client: what connects, for the log.
        allowed_origin: see `is_same_origin`.

    Returns:
        Whether it was accepted.
    """
    if is_same_origin(websocket.headers, allowed_origin):
        await websocket.accept()
        return True
    LOGGER.warning("refused %s from the origin %.200r", client, websocket.headers.get("origin"))
    await websocket.close()  # before accept: the client receives the status 403
    return False
