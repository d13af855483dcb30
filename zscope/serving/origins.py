"""Whether a request comes from this app's own pages."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers

__all__ = ["AllowedOrigin", "is_same_origin"]

AllowedOrigin = Callable[[str, str], bool]  # (origin, host) → may it connect?


def is_same_origin(headers: Headers, allowed_origin: AllowedOrigin | None = None) -> bool:
    """Whether a page of this origin may connect to this host.

    Browsers name the origin of the page and cannot be made to lie about it, so this keeps other sites' pages from using
    a visitor's access. Programs that send no origin are let in: they have no visitor to act for.
    """
    origins = headers.getlist("origin")
    if not origins:
        return True
    host = headers.get("host", "")
    try:
        netloc = urlsplit(origins[0]).netloc
    except ValueError:  # a bracket out of place
        return False
    if len(origins) == 1 and netloc and netloc.lower() == host.lower():
        return True
    return len(origins) == 1 and allowed_origin is not None and allowed_origin(origins[0], host)
