"""Tells Streamlit's page where the server is, so that a page that is opened directly does not search for it.

At `/map`, Streamlit's script requests `/map/_stcore/health` before `/_stcore/health`. That costs time and leaves two
errors in the browser's console. It reads the address from `window.__streamlit`, if a script has set it before.
"""

import json

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["PageAddress"]

_SCRIPT = """<script>
  (() => {
    const page = new RegExp("/(" + PAGES.join("|") + ")/?$");
    if (!page.test(location.pathname)) return;
    const BACKEND_BASE_URL = location.origin + location.pathname.replace(page, "/");
    window.__streamlit = { ...window.__streamlit, BACKEND_BASE_URL };
  })();
</script>"""  # a proxy may add a prefix to the path, so it is taken from the address
_HEAD = b"<head>"


class PageAddress:
    """ASGI middleware that adds a script to the head of HTML pages.

    Args:
        app: the application.
        pages: names of the pages, as in their addresses.
    """

    def __init__(self, app: ASGIApp, pages: tuple[str, ...]):
        self.app = app
        self._pages = pages
        self._script = _HEAD + _SCRIPT.replace("PAGES", json.dumps(pages)).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or _last_part(scope["path"]) not in self._pages:
            return await self.app(scope, receive, send)
        start: Message | None = None

        async def send_with_script(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if _is_page(message):
                    start = message  # until the length of the body is known
                    return
            elif start is not None and message["type"] == "http.response.body":
                body = message.get("body", b"").replace(_HEAD, self._script, 1)
                headers = MutableHeaders(scope=start)
                if "content-length" in headers:
                    added = len(body) - len(message.get("body", b""))
                    headers["content-length"] = str(int(headers["content-length"]) + added)
                await send(start)
                start, message = None, {**message, "body": body}
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]  # 8 kB of text
        await self.app({**scope, "headers": headers}, receive, send_with_script)


def _last_part(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _is_page(message: Message) -> bool:
    headers = MutableHeaders(scope=message)
    html = headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
    return message["status"] == 200 and html
