"""GET by ASGI itself: no port, no client library."""

import asyncio

from starlette.applications import Starlette

__all__ = ["getter"]


def getter(routes):
    """`get(path)` → status, headers and body of what these routes answer."""
    app = Starlette(routes=routes)

    def get(path: str) -> tuple[int, dict[str, str], bytes]:
        sent, asked = [], []

        async def receive():
            if asked:
                await asyncio.Event().wait()  # nobody hangs up
            asked.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        path, _, query = path.partition("?")
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
        asyncio.run(app(scope, receive, send))
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])

    return get
