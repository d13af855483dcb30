"""Checks whether a request comes from this app's own pages."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers

__all__ = ["AllowedOrigin", "is_same_origin"]

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
