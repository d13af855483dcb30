"""GET and POST by ASGI itself: no port, no client library."""

import asyncio
from collections.abc import Iterable

from starlette.applications import Starlette

__all__ = ["getter", "poster"]


def getter(routes, middleware=()):
    """`get(path, headers)` → status, headers and body of what these routes answer."""
    app = Starlette(routes=routes, middleware=middleware)

    def get(path: str, headers: dict | None = None) -> tuple[int, dict[str, str], bytes]:
        return _answer(asyncio.run(_ask(app, "GET", path, [b""], headers or {})))

    return get


def poster(routes):
    """`post(path, body, headers)` → status, headers and body; `post.until_gone(path, body, lines)` hangs up after some
    parts of the answer, and returns what had come."""
    app = Starlette(routes=routes)

    def post(
        path: str, body: bytes | Iterable[bytes], headers: dict | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        parts = [body] if isinstance(body, bytes) else body
        return _answer(asyncio.run(_ask(app, "POST", path, parts, headers or {})))

    def until_gone(path: str, body: bytes, lines: int) -> bytes:
        return _answer(asyncio.run(_ask(app, "POST", path, [body], {}, hang_up_after=lines)))[2]

    post.until_gone = until_gone
    return post


async def _ask(
    app, method: str, path: str, body: Iterable[bytes], headers: dict, hang_up_after: int | None = None
) -> list[dict]:
    """What the app sends."""
    sent, gone, parts = [], asyncio.Event(), iter(body)

    async def receive():
        part = next(parts, None)
        if part is not None:
            return {"type": "http.request", "body": part, "more_body": not isinstance(body, list)}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)
        if hang_up_after is not None and len(sent) > hang_up_after:
            gone.set()

    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    return sent


def _answer(sent: list[dict]) -> tuple[int, dict[str, str], bytes]:
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])
