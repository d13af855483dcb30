"""Threads that answer requests. Quick and heavy work are apart: a small request never waits for a large one."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from vae.errors import DataError, ModelNotFoundError, ZscopeError
from zscope.serving.http_errors import BusyError

__all__ = ["HEAVY", "QUICK", "Workers", "answered"]

Result = TypeVar("Result")
_NOT_KEPT = {"cache-control": "no-store"}


@dataclass
class _Job:
    """Work that is queued or under way, and how many requests wait for it."""

    future: Future
    waiting: int = 0


class Workers:
    """A few threads with a queue of limited length. Equal requests share one job.

    A job that nobody waits for any more is dropped, unless it has begun.

    Args:
        name: of its threads.
        threads: jobs at a time.
        queued: jobs that may wait; one more is refused.
    """

    def __init__(self, name: str, threads: int, queued: int):
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"zscope-{name}")
        self._most = threads + queued
        self._jobs: dict[Hashable, _Job] = {}
        self._lock = threading.RLock()  # a future that is cancelled calls `_forget` at once

    async def run(self, work: Callable[..., Result], *arguments, key: Hashable = None) -> Result:
        """`work(*arguments)`, in a thread.

        Args:
            key: requests of one key that overlap share one call; None shares with nobody.

        Raises:
            BusyError: the queue is full.
            Exception: whatever `work` raises.
        """
        job = self._join(work, arguments, object() if key is None else key)
        try:
            return await asyncio.shield(asyncio.wrap_future(job.future))
        finally:
            self._leave(job)

    def _join(self, work: Callable, arguments: tuple, key: Hashable) -> _Job:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                job.waiting += 1
                return job
            if len(self._jobs) >= self._most:
                raise BusyError("The server is busy.", "Try again in a moment.")
            job = self._jobs[key] = _Job(self._pool.submit(work, *arguments), 1)
            job.future.add_done_callback(lambda _: self._forget(key))
            return job

    def _leave(self, job: _Job) -> None:
        with self._lock:
            job.waiting -= 1
            if not job.waiting:
                job.future.cancel()  # of no effect where it has begun or ended

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            self._jobs.pop(key, None)


QUICK = Workers("quick", 4, 1000)  # files that are read, and what is in memory
HEAVY = Workers("heavy", 2, 30)  # what takes a core for a second or more


def answered(
    read: Callable[[Request], bytes],
    workers: Workers,
    headers: dict[str, str],
    media_type: str = "application/octet-stream",
) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers GET requests with what `read` returns; errors become 400, 404 or 503 with their mend.

    Args:
        read: called in one of the threads of `workers`.
        headers: of a good answer. Others are not to be kept.
    """

    async def endpoint(request: Request) -> Response:
        query = sorted(pair for pair in request.query_params.multi_items() if pair[0] != "v")
        running = asyncio.create_task(workers.run(read, request, key=(read, request.url.path, tuple(query))))
        leaving = asyncio.create_task(_left(request))
        try:
            await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                return Response(status_code=499)  # to nobody
            body = running.result()
        except BusyError as error:
            return PlainTextResponse(str(error), 503, _NOT_KEPT | {"retry-after": "10"})
        except ZscopeError as error:
            status = 404 if isinstance(error, ModelNotFoundError | DataError) else 400
            return PlainTextResponse(str(error), status, _NOT_KEPT)
        finally:
            running.cancel()
            leaving.cancel()
        return Response(body, media_type=media_type, headers=headers)

    return endpoint


async def _left(request: Request) -> None:
    """Until the client has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
