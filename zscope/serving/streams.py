"""Streamed answers: a thread sends lines until the client disconnects."""

import asyncio
import json
import logging
import math
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from typing import NamedTuple

from vae.errors import ZscopeError
from zscope.serving.http_errors import describe_fault

__all__ = ["PROGRESS_SECONDS", "Lines", "Stream", "Throttle", "stream_lines"]

PROGRESS_SECONDS = 0.1  # between two lines of progress
_AHEAD = 8  # parts that are kept for a slow client
_PATIENCE = 60.0  # seconds after which a client that reads nothing is disconnected, since others wait for the thread
LOGGER = logging.getLogger(__name__)


class Throttle:
    """Limits how often progress is reported.

    Args:
        seconds: minimum time between two reports.
        clock: returns monotonic seconds.
    """

    def __init__(self, seconds: float = PROGRESS_SECONDS, clock: Callable[[], float] = time.monotonic):
        self._seconds = seconds
        self._clock = clock
        self._last = -math.inf

    def due(self) -> bool:
        """Return whether the minimum time has passed since the last `restart`; True before the first."""
        return self._clock() - self._last >= self._seconds

    def restart(self) -> None:
        """Restart the interval now."""
        self._last = self._clock()


class Lines:
    """Writes a streamed answer from a thread.

    Args:
        send: sends bytes; waits while the client is slow.
        stopped: returns whether the client has disconnected.
        throttle: limits the progress.
    """

    def __init__(self, send: Callable[[bytes], None], stopped: Callable[[], bool], throttle: Throttle | None = None):
        self.send = send
        self.stopped = stopped
        self._throttle = throttle or Throttle()

    def line(self, content: Mapping[str, object]) -> None:
        """Send a line of JSON."""
        self._throttle.restart()
        self.send(_json_line(content))

    def progress(self, content: Callable[[], Mapping[str, object]]) -> None:
        """Send a line of JSON unless one was sent within the last `PROGRESS_SECONDS`.

        Args:
            content: returns the line; called only if it is sent.
        """
        if self._throttle.due():
            self.line(content())


class Stream(NamedTuple):
    """A streamed answer.

    Attributes:
        work: called in a thread of `pool`. If it raises an error, the answer ends with a line `{"error": …}`, which has
            the same form as other answers to failed requests.
        pool: the threads. Not the event loop's pool, which reads all files.
    """

    work: Callable[[Lines], None]
    pool: Executor


async def stream_lines(stream: Stream) -> AsyncIterator[bytes]:
    """Yield the parts of a streamed answer."""
    loop, stop = asyncio.get_running_loop(), threading.Event()
    parts: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)

    def send(part: bytes | None) -> None:
        """Queue a part; wait while the client is slow."""
        if stop.is_set():
            return
        put = asyncio.run_coroutine_threadsafe(parts.put(part), loop)
        deadline = time.monotonic() + _PATIENCE
        while not stop.is_set():
            if time.monotonic() > deadline:
                stop.set()
            with suppress(TimeoutError):
                put.result(0.2)
                return
        put.cancel()

    def run() -> None:
        try:
            if not stop.is_set():  # the client may have disconnected before a thread was free
                stream.work(Lines(send, stop.is_set))
        except ZscopeError as fault:
            send(_json_line({"error": describe_fault(fault)}))
        except Exception as defect:
            LOGGER.exception("an answer could not be finished")
            send(_json_line({"error": describe_fault(defect)}))
        finally:
            send(None)

    running = stream.pool.submit(run)
    try:
        while (part := await parts.get()) is not None:
            yield part
    finally:
        stop.set()
        running.cancel()


def _json_line(content: Mapping[str, object]) -> bytes:
    return json.dumps(content).encode() + b"\n"
