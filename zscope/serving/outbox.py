"""A queue of frames for one client: all frames while the client reads, only the newest per key while it does not.

So a client that does not read takes a bounded amount of memory, and gets the newest replies when it reads again. A
client that reads gets every reply.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Hashable

from zscope.serving.layout import REPLY_BYTES
from zscope.serving.memory import MemoryBudget

__all__ = ["Outbox"]


class Outbox:
    """The frames of one connection, in the order of arrival. For one event loop.

    Args:
        memory: budget for the waiting frames of all clients; None sets no limit. When it is used up, a frame is dropped
            if its client does not read or already has `REPLY_BYTES` waiting.
    """

    def __init__(self, memory: MemoryBudget | None = None):
        self._memory = memory or MemoryBudget(sys.maxsize)
        self._frames: list[tuple[Hashable, bytes, int]] = []  # key, frame, bytes reserved for it
        self._filled = asyncio.Event()
        self._held_up = False

    @property
    def waiting_bytes(self) -> int:
        """Bytes of all waiting frames."""
        return sum(len(frame) for _, frame, _ in self._frames)

    def put(self, key: Hashable, frame: bytes) -> None:
        """Queue `frame`. While the client does not read, it replaces older frames of its key."""
        older = [index for index, (other, *_) in enumerate(self._frames) if other == key] if self._held_up else []
        place = older[0] if older else len(self._frames)
        for index in reversed(older):
            self._memory.release(self._frames.pop(index)[2])
        reserved = len(frame) if self._memory.reserve(len(frame)) else 0
        if not reserved and (self._held_up or self.waiting_bytes > REPLY_BYTES):
            return
        self._frames.insert(place, (key, frame, reserved))
        self._filled.set()

    async def send_all(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send frames as they arrive, until the task is cancelled or `send` raises."""
        while True:
            await self._filled.wait()
            while self._frames:
                _, frame, reserved = self._frames.pop(0)
                # If the transport accepts the frame at once, no other task runs during `send`. So a task that sees this
                # flag knows that the transport's buffer is full, since the client does not read.
                self._held_up = True
                try:
                    await send(frame)
                finally:
                    self._memory.release(reserved)
                self._held_up = False
            self._filled.clear()

    def clear(self) -> None:
        """Drop all waiting frames."""
        self._memory.release(sum(reserved for *_, reserved in self._frames))
        self._frames.clear()
