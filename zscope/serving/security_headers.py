"""ASGI middleware that adds headers for the browser's security to every answer, of Streamlit's routes and ours."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["SecurityHeaders", "content_policy", "parse_ancestors", "script_hashes"]

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class SecurityHeaders:
    """ASGI middleware. A header that an answer has already stays as it is.

    Args:
        app: the application.
        inline: returns the hashes of the scripts in the HTML of pages, see `script_hashes`.
        ancestors: returns the origins whose pages may show this app in a frame; none: only its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        inline: Callable[[], Iterable[str]] = tuple,
        ancestors: Callable[[], tuple[str, ...]] = tuple,
    ):
        self.app = app
        self._inline, self._ancestors = inline, ancestors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        host = Headers(scope=scope).get("host", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers, ancestors = MutableHeaders(scope=message), self._ancestors()
                headers.setdefault("content-security-policy", content_policy(self._inline(), ancestors, host))
                headers.setdefault("x-content-type-options", "nosniff")
                headers.setdefault("referrer-policy", "same-origin")
                headers.setdefault("cross-origin-resource-policy", "same-origin")  # no other site shows our pictures
                if not ancestors:
                    headers.setdefault("x-frame-options", "SAMEORIGIN")
            await send(message)

        return await self.app(scope, receive, send_with_headers)


def content_policy(inline: Iterable[str], ancestors: tuple[str, ...], host: str) -> str:
    """Return the Content-Security-Policy of the app's pages: nothing is loaded from other hosts.

    Args:
        inline: hashes of the scripts in the HTML.
        ancestors: origins whose pages may show the app in a frame.
        host: of the request, checked by `zscope.serving.guard`. Older browsers do not count its WebSockets as 'self'.
    """
    sockets = f"ws://{host} wss://{host}" if re.fullmatch(r"[\w.\-:\[\]]+", host) else ""
    rules = {
        "default-src": "'self'",
        # The plot library compiles functions for WebGL from text. Pages share one document, so all need that.
        "script-src": " ".join(["'self'", "blob:", "'unsafe-eval'", *inline]),
        "style-src": "'self' 'unsafe-inline'",  # Streamlit writes its styles into the page
        "img-src": "'self' data: blob:",
        "media-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "connect-src": f"'self' data: blob: {sockets}".strip(),
        "worker-src": "'self' blob:",
        "frame-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(["'self'", *ancestors]),
    }
    return "; ".join(f"{name} {values}" for name, values in rules.items())


def script_hashes(html: str) -> tuple[str, ...]:
    """Return the hashes of the scripts that are written into HTML, in the form of a Content-Security-Policy."""
    digests = (hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(html))
    return tuple(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


def parse_ancestors(text: str) -> tuple[str, ...]:
    """Return the origins in a text, separated by spaces or commas; `*` stands for all.

    Raises:
        BadRequestError: one is not an origin such as https://slides.example.org.
    """
    origins = tuple(text.replace(",", " ").split())
    for origin in origins:
        parsed = urlsplit(origin)
        whole = f"{parsed.scheme}://{parsed.netloc}"
        if origin != "*" and (
            parsed.scheme not in ("http", "https") or origin != whole or not re.fullmatch(r"[\w.\-:*]+", parsed.netloc)
        ):
            raise BadRequestError(
                message("{origin} is not the origin of a site.", origin=repr(origin[:100])),
                "Write it like https://slides.example.org.",
            )
    return origins
