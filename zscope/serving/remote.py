"""Remote control of pages: a program sends changes of the point, and pages that follow receive them.

The WebSocket route has two roles, which the first message of a client names. A *sender* is a program, such as
`zscope osc`; a *follower* is an Explore page. Changes go from senders to followers, and reports (the distance from the
data) back. A client that reads slowly gets one message that combines what it has missed, so nothing grows.
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

import asyncio
import contextlib
import hmac
import json
from collections.abc import Callable
from typing import Any, cast

from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from vae.errors import BadRequestError
from vae.message import message
from zscope.serving.origins import accept_same_origin
from zscope.serving.protocol import CloseCode

__all__ = ["MESSAGE_CHARACTERS", "checked_change", "merged_change", "remote_route"]

MESSAGE_CHARACTERS = 100_000
_OPENING_SECONDS = 10.0
_MOST_CLIENTS = {"send": 8, "follow": 256}
_LARGEST = 1000.0  # of a number of a code, as in links
_LAST_INDEX = 4095  # of a dimension
_REPORT = ("percentile", "distance")

Change = dict[str, Any]


def checked_change(sent: object) -> Change:
    """Check a change of the point, which is untrusted, and return it with known keys only.

    - `z`: a whole code, numbers from −1000 to 1000.
    - `set`: {dimension: value}; `slider`: {dimension: position on its slider, 0 to 1}.
    - `random`: true samples a code.
    - `class`: number of a class, from 0.

    Raises:
        BadRequestError: it is no such change.
    """
    change: Change = {}
    body = cast(dict[str, object], sent) if isinstance(sent, dict) else {}
    for key, value in body.items():
        if key == "z" and isinstance(value, list):
            change[key] = _code(cast(list[object], value))
        elif key in ("set", "slider") and isinstance(value, dict):
            low, high = (-_LARGEST, _LARGEST) if key == "set" else (0.0, 1.0)
            values = cast(dict[str, object], value)
            change[key] = {_index(index): _number(one, low, high) for index, one in values.items()}
        elif key == "random" and value is True:
            change[key] = True
        elif key == "class" and type(value) is int and 0 <= value <= _LAST_INDEX:
            change[key] = value
        else:
            raise BadRequestError(
                message("{key} is not part of a change, or its value is not valid.", key=repr(str(key)[:40]))
            )
    if not change:
        raise BadRequestError("The message is no change of the point.")
    return change


def merged_change(before: Change | None, after: Change) -> Change:
    """Return one change that has the effect of both. A whole code or a sample replaces what was set before it."""
    merged: Change = dict(before or {})
    if "z" in after or "random" in after:
        for key in ("z", "random", "set", "slider"):
            merged.pop(key, None)
    for key, value in after.items():
        if key not in ("set", "slider"):
            merged[key] = value
            continue
        other = "slider" if key == "set" else "set"
        merged[key] = {**merged.get(key, {}), **value}
        if other in merged:  # the newer value of a dimension counts
            merged[other] = {index: one for index, one in merged[other].items() if index not in value}
    return merged


def remote_route(path: str, *, token: str | None, is_public: Callable[[], bool]) -> WebSocketRoute:
    """Return the route.

    Args:
        path: of the route.
        token: that senders must give; None: none is needed, unless the server is public.
        is_public: whether other computers can connect. Then senders are refused if there is no token.
    """
    return WebSocketRoute(path, _Remote(token, is_public))


class _Client:
    """One connection, with the newest message that it has not received yet."""

    def __init__(self, websocket: WebSocket):
        self._websocket = websocket
        self._pending: Change | None = None
        self._changed = asyncio.Event()

    def put(self, message: Change) -> None:
        self._pending = merged_change(self._pending, message)
        self._changed.set()

    async def run(self, received: Callable[[object], None]) -> None:
        """Send what is put, and pass on what is received, until one side ends."""
        sending = asyncio.create_task(self._send())
        try:
            while True:
                received(_parse(await self._websocket.receive_text()))
        finally:
            sending.cancel()

    async def _send(self) -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):  # it has left; `run` ends too
            while True:
                await self._changed.wait()
                self._changed.clear()
                message, self._pending = self._pending, None
                await self._websocket.send_text(json.dumps(message))


class _Remote:
    """An ASGI application with the open connections of this server."""

    def __init__(self, token: str | None, is_public: Callable[[], bool]):
        self._token = token
        self._is_public = is_public
        self._clients: dict[str, set[_Client]] = {"send": set(), "follow": set()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not await accept_same_origin(websocket, "a client of remote control"):
            return
        try:
            await self._serve(websocket)
        except (WebSocketDisconnect, KeyError):  # KeyError: binary data, which `receive_text` does not find
            pass
        except BadRequestError as fault:
            with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                await websocket.close(CloseCode.REFUSED, fault.message[:100])

    async def _serve(self, websocket: WebSocket) -> None:
        try:
            async with asyncio.timeout(_OPENING_SECONDS):
                opening = _parse(await websocket.receive_text())
        except TimeoutError:
            raise BadRequestError("No opening was received.") from None
        role = self._role_of(opening, "origin" in websocket.headers)
        clients = self._clients[role]
        if len(clients) >= _MOST_CLIENTS[role]:
            await websocket.close(
                CloseCode.FULL,
                message("{most_clients} clients are connected. Try again later.", most_clients=_MOST_CLIENTS[role]),
            )
            return
        client = _Client(websocket)
        clients.add(client)
        try:
            await websocket.send_text(json.dumps({"role": role, "followers": len(self._clients["follow"])}))
            await client.run(self._change if role == "send" else self._report)
        finally:
            clients.discard(client)

    def _role_of(self, opening: object, from_page: bool) -> str:
        """Return the role that a client may have.

        Raises:
            BadRequestError: it may have none.
        """
        body = cast(dict[str, Any], opening) if isinstance(opening, dict) else {}
        if body.get("role") == "follow":
            return "follow"
        if body.get("role") != "send":
            raise BadRequestError('Expected {"role": "follow"} or {"role": "send"}.')
        if from_page:
            raise BadRequestError("Only programs may send changes, not pages.")
        if self._token is None and self._is_public():
            raise BadRequestError("This server is open to a network. Set ZSCOPE_REMOTE_TOKEN for it and the sender.")
        given = str(body.get("token") or "")
        if self._token is not None and not hmac.compare_digest(given.encode(), self._token.encode()):
            raise BadRequestError("The token is not that of the server (ZSCOPE_REMOTE_TOKEN).")
        return "send"

    def _change(self, message: object) -> None:
        change = checked_change(message)
        for client in self._clients["follow"]:
            client.put(change)

    def _report(self, message: object) -> None:
        body = cast(dict[str, Any], message) if isinstance(message, dict) else {}
        report: Change = {name: _number(body.get(name), 0, 1e9) for name in _REPORT}
        for client in self._clients["send"]:
            client.put(report)


def _parse(text: str) -> object:
    if len(text) > MESSAGE_CHARACTERS:
        raise BadRequestError(
            message(
                "A message may have at most {message_characters} characters.",
                message_characters=f"{MESSAGE_CHARACTERS:,}",
            )
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestError("The message is not JSON.") from None


def _code(values: list[object]) -> list[float]:
    if not 0 < len(values) <= _LAST_INDEX + 1:
        raise BadRequestError(
            message(
                "A code has 1 to {last_index} numbers, this one {n}.",
                last_index=f"{_LAST_INDEX + 1:,}",
                n=f"{len(values):,}",
            )
        )
    return [_number(one, -_LARGEST, _LARGEST) for one in values]


def _number(value: object, least: float, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise BadRequestError("A value is not a number.")
    if not least <= value <= most:  # compared as it is: an integer may be too large for a float
        raise BadRequestError(
            message("A value is not between {least} and {most}.", least=f"{least:g}", most=f"{most:g}")
        )
    return float(value)


def _index(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and int(text) <= _LAST_INDEX):
        raise BadRequestError(message("{text} is not the number of a dimension.", text=repr(text[:20])))
    return str(int(text))
