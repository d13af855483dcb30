"""Threads that answer requests: separate ones for quick and heavy work, so that small requests never wait for large."""

import asyncio
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from zscope.serving.http_errors import BusyError

__all__ = ["HEAVY", "QUICK", "Workers"]

Result = TypeVar("Result")


@dataclass
class _Job:
    """Queued or running work, and the number of requests that wait for it."""

    future: Future[Any]  # of the result of the work
    waiting: int = 0


class Workers:
    """A few threads with a queue of limited length. Equal requests share one job.

    A queued job without waiting requests is dropped.

    Args:
        name: of the threads.
        threads: number of jobs at a time.
        queued: number of jobs that may wait; more are refused.
    """

    def __init__(self, name: str, threads: int, queued: int):
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"zscope-{name}")
        self._most = threads + queued
        self._jobs: dict[Hashable, _Job] = {}
        self._lock = threading.RLock()  # a cancelled future calls `_remove` at once

    async def run(self, work: Callable[..., Result], *arguments: object, key: Hashable = None) -> Result:
        """Call `work(*arguments)` in a thread and return its result.

        Args:
            key: overlapping requests of one key share one call; None shares none.

        Raises:
            BusyError: the queue is full.
            Exception: raised by `work`.
        """
        job = self._join(work, arguments, object() if key is None else key)
        try:
            return await asyncio.shield(asyncio.wrap_future(job.future))
        finally:
            self._leave(job)

    def _join(self, work: Callable[..., object], arguments: tuple[object, ...], key: Hashable) -> _Job:
        with self._lock:
            job = self._jobs.get(key)
            if job is not None:
                job.waiting += 1
                return job
            if len(self._jobs) >= self._most:
                raise BusyError("The server is busy.", "Try again in a moment.")
            job = self._jobs[key] = _Job(self._pool.submit(work, *arguments), 1)
            job.future.add_done_callback(lambda _: self._remove(key))
            return job

    def _leave(self, job: _Job) -> None:
        with self._lock:
            job.waiting -= 1
            if not job.waiting:
                job.future.cancel()  # no effect once it has begun

    def _remove(self, key: Hashable) -> None:
        with self._lock:
            self._jobs.pop(key, None)


QUICK = Workers("quick", 4, 1000)  # reading files and memory
HEAVY = Workers("heavy", 2, 30)  # a core for a second or more
