"""Answers that a thread gives bit by bit, until nobody listens any more."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import suppress

from vae.errors import ZscopeError

__all__ = ["line", "stream"]

_AHEAD = 8  # parts that are kept for a browser that is slow
_PATIENCE = 60.0  # seconds that it may take none: others wait for the thread
LOGGER = logging.getLogger(__name__)


def line(content: dict) -> bytes:
    """A line of JSON."""
    return json.dumps(content).encode() + b"\n"


async def stream(
    work: Callable[[Callable[[bytes], None], Callable[[], bool]], None], pool: Executor
) -> AsyncIterator[bytes]:
    """What a function says, while it works in a thread.

    Args:
        work: called with `say`, which sends bytes, and `should_stop`, true when the browser has gone. An error that it
            raises ends the answer with a line of JSON, `{"error": …}`.
        pool: whose thread it works in; the others wait. Not the loop's own: everything that the server reads from files
            goes through that one.
    """
    loop, said, stop = asyncio.get_running_loop(), asyncio.Queue(_AHEAD), threading.Event()

    def say(part: bytes | None) -> None:
        """Waits while a slow browser has not taken what was said before."""
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
            if not stop.is_set():  # gone while it waited
                work(say, stop.is_set)
        except ZscopeError as error:
            say(line({"error": str(error)}))
        except Exception:
            LOGGER.exception("an answer could not be finished")
            say(line({"error": "An error of the program: see the server's log."}))
        finally:
            say(None)

    running = pool.submit(run)
    try:
        while (part := await said.get()) is not None:
            yield part
    finally:
        stop.set()
        running.cancel()
