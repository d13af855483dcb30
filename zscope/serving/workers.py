"""Threads that answer requests. Quick and heavy work are apart: a small request never waits for a large one."""

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
    """Work that is queued or under way, and how many requests wait for it."""

    future: Future[Any]  # of what its work returns
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

    async def run(self, work: Callable[..., Result], *arguments: object, key: Hashable = None) -> Result:
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

    def _join(self, work: Callable[..., object], arguments: tuple[object, ...], key: Hashable) -> _Job:
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
