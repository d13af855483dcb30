"""What a page posts: a head of JSON and bytes behind it, from this app's own pages alone. Nothing of it is kept."""

from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from vae.errors import ModelNotFoundError, ZscopeError
from zscope.library.registry import fingerprint
from zscope.serving.endpoint import is_same_origin
from zscope.serving.http_errors import BusyError
from zscope.serving.memory import MemoryBudget
from zscope.serving.workers import QUICK

__all__ = ["BODIES", "HEAD_BYTES", "Posted", "packed", "parted"]

BODIES = MemoryBudget(256_000_000)  # of all bodies that are being read or answered
_SMALL = 1_000_000  # bytes of what a page sends while somebody draws
_FOR_SMALL = 64_000_000  # bytes of the budget that only such bodies may take
HEAD_BYTES = 100_000  # room for the head of a body whose limit is that of a file
# The rest of a refused body is not read: the connection ends with the answer.
_REFUSED = {"connection": "close", "cache-control": "no-store"}


class Posted:
    """An endpoint that reads the whole body, once it is known that the model exists. An ASGI application.

    Args:
        answer: of the request, whose path names a `model`, and its body. A `ZscopeError` that it raises becomes 404,
            400 or 503.
        most: bytes of a body; more are refused before they are read.
        mend: what to do about too many.
        budget: of all bodies together; where it is spent, a body is refused with 503.
    """

    def __init__(
        self,
        answer: Callable[[Request, memoryview], Awaitable[Response]],
        most: int,
        mend: str,
        budget: MemoryBudget = BODIES,
    ):
        self._answer = answer
        self._most = most
        self._mend = mend
        self._budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, body = Request(scope, receive), bytearray()
        try:
            response = await self._refused(request) or await self._read(request, body)
            if response is None:
                response = await self._answered(request, memoryview(body))
            await response(scope, receive, send)
        except ClientDisconnect:
            pass  # the client may hang up at any time
        finally:
            self._budget.release(len(body))

    async def _refused(self, request: Request) -> Response | None:
        """What can be refused without the body."""
        if not is_same_origin(request.headers):
            return PlainTextResponse("This is made for this app's own pages.", 403, _REFUSED)
        try:
            await QUICK.run(fingerprint, request.path_params["model"])
        except ZscopeError as error:
            return PlainTextResponse(str(error), _status(error), _REFUSED)
        announced = request.headers.get("content-length", "")
        return self._too_large() if announced.isdecimal() and int(announced) > self._most else None

    async def _read(self, request: Request, body: bytearray) -> Response | None:
        async for part in request.stream():
            if len(body) + len(part) > self._most:
                return self._too_large()
            spare = 0 if len(body) + len(part) <= _SMALL else _FOR_SMALL
            if not self._budget.reserve(len(part), spare):
                error = BusyError("The server is busy with other uploads.", "Try again in a minute.")
                return PlainTextResponse(str(error), _status(error), _REFUSED | {"retry-after": "60"})
            body += part
        return None

    async def _answered(self, request: Request, body: memoryview) -> Response:
        try:
            return await self._answer(request, body)
        except ZscopeError as error:
            return PlainTextResponse(str(error), _status(error))

    def _too_large(self) -> Response:
        return PlainTextResponse(f"This is larger than {self._most // 1_000_000} MB. {self._mend}", 413, _REFUSED)


def parted(body: bytes | memoryview) -> tuple[bytes, memoryview]:
    """The head as JSON and what follows: u32 length of the head, little-endian, then the head."""
    whole = memoryview(body)
    length = int.from_bytes(whole[:4], "little")
    return bytes(whole[4 : 4 + length]), whole[4 + length :]


def packed(head: bytes, *rest: bytes) -> bytes:
    """The other way round."""
    return b"".join([len(head).to_bytes(4, "little"), head, *rest])


def _status(error: ZscopeError) -> int:
    return 503 if isinstance(error, BusyError) else 404 if isinstance(error, ModelNotFoundError) else 400
