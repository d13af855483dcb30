"""ASGI middleware that adds to the HTML of Streamlit's pages."""

from collections.abc import Callable
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Additions", "PageHead"]


class Additions(NamedTuple):
    """What is added to the HTML of a page."""

    head_start: str
    head_end: str
    body_end: str


class PageHead:
    """ASGI middleware that adds text to the HTML of pages.

    Args:
        app: the application.
        base: path of the app, "" or "/path".
        pages: names of the pages, as in their addresses.
        default: of them, the page that is shown without a name.
        additions: name of a page → what to add.
    """

    def __init__(
        self, app: ASGIApp, base: str, pages: tuple[str, ...], default: str, additions: Callable[[str], Additions]
    ):
        self.app = app
        self._base, self._pages, self._default = base, pages, default
        self._additions = additions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = None if scope["type"] != "http" or scope["method"] != "GET" else self._page_of(scope["path"])
        if page is None:
            return await self.app(scope, receive, send)
        start: Message | None = None

        async def send_completed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if _is_page(message):
                    start = message  # until the length of the body is known
                    return
            elif start is not None and message["type"] == "http.response.body":
                before = message.get("body", b"")
                body = _completed(before, self._additions(page))
                headers = MutableHeaders(scope=start)
                if "content-length" in headers:
                    headers["content-length"] = str(int(headers["content-length"]) + len(body) - len(before))
                await send(start)
                start, message = None, {**message, "body": body}
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]  # 20 kB of text
        await self.app({**scope, "headers": headers}, receive, send_completed)

    def _page_of(self, path: str) -> str | None:
        path = path.rstrip("/")
        name = self._default if path == self._base else path.rpartition("/")[2]
        return name if name in self._pages else None


def _completed(html: bytes, added: Additions) -> bytes:
    start, head, rest = html.partition(b"<head>")
    inner, head_end, rest = rest.partition(b"</head>")
    body, body_end, end = rest.rpartition(b"</body>")
    if not head or not head_end or not body_end:
        return html
    inner += added.head_end.encode()
    body += added.body_end.encode()
    return start + head + added.head_start.encode() + inner + head_end + body + body_end + end


def _is_page(message: Message) -> bool:
    headers = MutableHeaders(scope=message)
    html = headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
    return message["status"] == 200 and html
