"""Asks an engine about one code, and waits for the answer on the event loop."""

import asyncio
from collections.abc import Hashable, Sequence

import numpy as np

from zscope.serving.engine import Engine
from zscope.serving.protocol import Header, Operation
from zscope.serving.scheduler import Reply, Request

__all__ = ["ask"]

_LANE = 1  # after the speaker's own picture
_SECONDS = 30.0  # an engine that is unloaded drops its requests without an answer


async def ask(engine: Engine, client: Hashable, operation: Operation, code: np.ndarray) -> np.ndarray:
    """Return the row of the reply for one code, float32 (1, code_dim).

    Args:
        client: who asks; it may have one request of an operation at a time.

    Raises:
        BusyError: too many requests are pending.
        EngineClosedError: the model was unloaded.
        TimeoutError: no answer came.
        Exception: raised by the servable.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[np.ndarray] = loop.create_future()

    def settle(result: np.ndarray | Exception) -> None:
        if answer.done():  # the request was cancelled
            return
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    def deliver(replies: Sequence[Reply]) -> None:  # on an engine's thread, or on this loop
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, replies[0].result)

    engine.submit(Request(client, Header(operation, _LANE, 0, 1), code, deliver), loop.call_soon)
    async with asyncio.timeout(_SECONDS):
        return (await answer)[0]
