"""What a page posts: a head of JSON and bytes behind it, from this app's own pages alone. Nothing of it is kept."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from vae.errors import ModelNotFoundError, ZscopeError

from .endpoint import is_same_origin

__all__ = ["packed", "parted", "posted"]


def posted(
    answer: Callable[[Request, bytes], Awaitable[Response]], most: int, mend: str
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that reads the whole body.

    Args:
        answer: of the request and its body; a `ZscopeError` that it raises is answered with 404 or 400.
        most: bytes of a body; more are refused before they are read.
        mend: what to do about too many.
    """

    async def endpoint(request: Request) -> Response:
        if not is_same_origin(request.headers):
            return PlainTextResponse("This is made for this app's own pages.", 403)
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > most:
                return PlainTextResponse(f"This is larger than {most // 1_000_000} MB. {mend}", 413)
        try:
            return await answer(request, bytes(body))
        except ZscopeError as error:
            return PlainTextResponse(str(error), 404 if isinstance(error, ModelNotFoundError) else 400)

    return endpoint


def parted(body: bytes) -> tuple[bytes, bytes]:
    """The head as JSON and what follows: u32 length of the head, little-endian, then the head."""
    length = int.from_bytes(body[:4], "little")
    return body[4 : 4 + length], body[4 + length :]


def packed(head: bytes, *rest: bytes) -> bytes:
    """The other way round."""
    return b"".join([len(head).to_bytes(4, "little"), head, *rest])
