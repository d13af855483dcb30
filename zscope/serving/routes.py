"""Makes HTTP routes from plain functions, which run in threads and do not depend on HTTP."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from vae.errors import ZscopeError
from zscope.serving.bodies import BODIES, BodyLimit, check_before_reading, read_body
from zscope.serving.http_errors import BusyError, describe_fault, status_of
from zscope.serving.memory import MemoryBudget
from zscope.serving.parameters import Parameter, read_query
from zscope.serving.streams import Stream, stream_lines
from zscope.serving.workers import QUICK, Workers

__all__ = [
    "BINARY",
    "DAY",
    "FOREVER",
    "JSON",
    "KEPT",
    "LINES",
    "NEVER",
    "PNG",
    "error_response",
    "get_route",
    "post_route",
]

LOGGER = logging.getLogger(__name__)
BINARY, JSON, LINES, PNG = "application/octet-stream", "application/json", "application/x-ndjson", "image/png"
# Cache headers. Addresses of cached answers contain the content's hash as `v`.
NEVER, DAY, KEPT = "no-store", "private, max-age=86400", "private, max-age=31536000, immutable"
FOREVER = "public, max-age=31536000, immutable"  # what the package contains; the user's models and pictures are private

Answer = bytes | Path | Stream  # a body; a file to download; lines
_LEFT = 499  # status of the answer to a client that has disconnected


class _Made(NamedTuple):
    answer: Answer
    etag: str = ""


def get_route(
    path: str,
    work: Callable[..., Answer],
    *,
    workers: Workers = QUICK,
    cache: str = NEVER,
    media_type: str = BINARY,
    query: Mapping[str, Parameter] | None = None,
) -> Route:
    """Make a route that answers GET with the result of `work`.

    Args:
        path: of the route, with its parameters in braces.
        work: called in a thread of `workers` with the parameters of the path and of the query, by name. Overlapping
            requests for one address share a call. If the client disconnects before it begins, it is not called.
        cache: cache header of the answer; a cached one has an ETag.
        media_type: of a body or of lines.
        query: parameters to read from the query.
    """
    declared = query or {}

    async def answer(request: Request) -> Response:
        async def asked() -> Response:
            given = dict(request.path_params) | read_query(request, declared)
            known = sorted(pair for pair in request.query_params.multi_items() if pair[0] != "v")
            key = (work, request.url.path, tuple(known))
            made = await workers.run(_make, work, given, cache, key=key)
            return _response(request, made, cache, media_type)

        return await _unless_disconnected(request, _guarded(request, asked()))

    return Route(path, answer)


def post_route(
    path: str,
    work: Callable[..., Answer],
    limit: BodyLimit,
    *,
    workers: Workers,
    media_type: str = BINARY,
    budget: MemoryBudget = BODIES,
) -> Route:
    """Make a route that reads a posted body and answers with the result of `work`. Neither is kept.

    Args:
        path: of the route; its parameter `model` is looked up before the body is read.
        work: called in a thread of `workers` with the parameters of the path by name and the memoryview `body`.
        limit: of the body; a larger one is refused without reading it.
        media_type: of the answer.
        budget: of all bodies together; a body that does not fit is refused with the status 503.
    """

    async def answered(request: Request, body: memoryview) -> Response:
        given = {**request.path_params, "body": body}
        made = await workers.run(_make, work, given, NEVER)
        return _response(request, made, NEVER, media_type)

    return Route(path, _Posted(answered, limit, budget), methods=["POST"])


class _Posted:
    """An ASGI application that reads the body of a request and releases its memory after the answer."""

    def __init__(
        self, answer: Callable[[Request, memoryview], Awaitable[Response]], limit: BodyLimit, budget: MemoryBudget
    ):
        self._answer = answer
        self._limit = limit
        self._budget = budget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, body = Request(scope, receive), bytearray()
        try:
            response = await self._refused(request, body)
            if response is None:
                response = await _guarded(request, self._answer(request, memoryview(body)))
            await response(scope, receive, send)
        except ClientDisconnect:
            pass  # a client may disconnect at any time
        finally:
            self._budget.release(len(body))

    async def _refused(self, request: Request, body: bytearray) -> Response | None:
        try:
            await check_before_reading(request, self._limit)
            await read_body(request, body, self._limit, self._budget)
        except ZscopeError as fault:
            response = error_response(request, fault)
            response.headers["connection"] = "close"  # the rest of the body is not read
            return response
        return None


def error_response(request: Request, fault: BaseException) -> Response:
    """Return the answer to a request that failed: the error's status, and `describe_fault` as JSON.

    A browser that shows the answer as a page, after a click on a link, gets plain text.
    """
    headers, description = {"cache-control": NEVER}, describe_fault(fault)
    if isinstance(fault, BusyError):
        headers["retry-after"] = str(fault.retry_seconds)
    if "text/html" in request.headers.get("accept", ""):
        return PlainTextResponse(f"{description['message']} {description['mend']}".strip(), status_of(fault), headers)
    return JSONResponse(description, status_of(fault), headers)


async def _guarded(request: Request, answer: Awaitable[Response]) -> Response:
    try:
        return await answer
    except ZscopeError as fault:
        return error_response(request, fault)
    except Exception as defect:
        LOGGER.exception("%s %.200r failed", request.method, request.url.path)
        return error_response(request, defect)


async def _unless_disconnected(request: Request, answer: Awaitable[Response]) -> Response:
    """Return the answer, or an empty one as soon as the client has disconnected."""
    running, leaving = asyncio.ensure_future(answer), asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return running.result() if running.done() else Response(status_code=_LEFT)
    finally:
        running.cancel()
        leaving.cancel()


async def _disconnected(request: Request) -> None:
    """Wait until the client has disconnected."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _make(work: Callable[..., Answer], given: Mapping[str, object], cache: str) -> _Made:
    answer = work(**given)
    if not isinstance(answer, bytes) or cache == NEVER:
        return _Made(answer)
    return _Made(answer, f'"{hashlib.blake2b(answer, digest_size=12).hexdigest()}"')


def _response(request: Request, made: _Made, cache: str, media_type: str) -> Response:
    answer, headers = made.answer, {"cache-control": cache}
    if isinstance(answer, Stream):
        return StreamingResponse(stream_lines(answer), media_type=media_type, headers=headers)
    if isinstance(answer, Path):
        return FileResponse(answer, media_type=media_type, filename=answer.name, headers=headers)
    if made.etag:
        headers["etag"] = made.etag
        if made.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    return Response(answer, media_type=media_type, headers=headers)
