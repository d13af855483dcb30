"""Answers that a thread sends line by line, until the client leaves."""

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
_AHEAD = 8  # parts that are kept for a client that is slow
_PATIENCE = 60.0  # seconds in which a client may take none: others wait for the thread
LOGGER = logging.getLogger(__name__)


class Throttle:
    """Says when the next progress is due.

    Args:
        seconds: between two of them, at least.
        clock: seconds that only grow.
    """

    def __init__(self, seconds: float = PROGRESS_SECONDS, clock: Callable[[], float] = time.monotonic):
        self._seconds = seconds
        self._clock = clock
        self._last = -math.inf

    def due(self) -> bool:
        """Whether so many seconds have passed since the last `restart`; true before the first."""
        return self._clock() - self._last >= self._seconds

    def restart(self) -> None:
        """Count from now."""
        self._last = self._clock()


class Lines:
    """What a streamed answer is written with, from the thread that works for it.

    Args:
        send: sends bytes; waits while the client is slow.
        stopped: whether the client has left.
        throttle: of the progress.
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
        """Send a line of JSON, unless one was sent less than `PROGRESS_SECONDS` ago.

        Args:
            content: called only for a line that is sent.
        """
        if self._throttle.due():
            self.line(content())


class Stream(NamedTuple):
    """An answer line by line.

    Attributes:
        work: called in a thread of `pool`. An error that it raises ends the answer with a line `{"error": …}`, the
            same object as in an answer with an error's status.
        pool: other streams wait for its threads. Not the event loop's own pool, through which all files are read.
    """

    work: Callable[[Lines], None]
    pool: Executor


async def stream_lines(stream: Stream) -> AsyncIterator[bytes]:
    """The parts of a streamed answer, as they are sent."""
    loop, stop = asyncio.get_running_loop(), threading.Event()
    said: asyncio.Queue[bytes | None] = asyncio.Queue(_AHEAD)

    def say(part: bytes | None) -> None:
        """Waits while a slow client has not taken what was sent before."""
        if stop.is_set():
            return
        put = asyncio.run_coroutine_threadsafe(said.put(part), loop)
        given_up = time.monotonic() + _PATIENCE
        while not stop.is_set():
            if time.monotonic() > given_up:
                stop.set()
            with suppress(TimeoutError):
                put.result(0.2)
                return
        put.cancel()

    def run() -> None:
        try:
            if not stop.is_set():  # the client may have left while this waited for its thread
                stream.work(Lines(say, stop.is_set))
        except ZscopeError as fault:
            say(_json_line({"error": describe_fault(fault)}))
        except Exception as defect:
            LOGGER.exception("an answer could not be finished")
            say(_json_line({"error": describe_fault(defect)}))
        finally:
            say(None)

    running = stream.pool.submit(run)
    try:
        while (part := await said.get()) is not None:
            yield part
    finally:
        stop.set()
        running.cancel()


def _json_line(content: Mapping[str, object]) -> bytes:
    return json.dumps(content).encode() + b"\n"
