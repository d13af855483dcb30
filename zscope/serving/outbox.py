"""Frames that wait to be sent to one client: as many as there are while it reads, the newest per key while it does not.

A client that does not read therefore costs a bounded amount of memory, whatever it asks for; when it reads again it
gets the present, not the past. One that does read gets every reply, however close together they come.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Hashable

from zscope.serving.layout import REPLY_BYTES
from zscope.serving.memory import MemoryBudget

__all__ = ["Outbox"]


class Outbox:
    """The frames of one connection, first come, first sent. For one event loop.

    Args:
        memory: of the frames that wait for all clients; None: without a limit. Where it is spent, a frame is dropped if
            its client does not read, or has as many as one reply may have waiting already.
    """

    def __init__(self, memory: MemoryBudget | None = None):
        self._memory = memory or MemoryBudget(sys.maxsize)
        self._frames: list[tuple[Hashable, bytes, int]] = []  # key, frame, bytes that are reserved for it
        self._filled = asyncio.Event()
        self._held_up = False

    @property
    def waiting_bytes(self) -> int:
        """Bytes of all frames that wait."""
        return sum(len(frame) for _, frame, _ in self._frames)

    def put(self, key: Hashable, frame: bytes) -> None:
        """Let `frame` wait; while the client does not read, in the place of the older ones of its key."""
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
        """Send whatever comes, until cancelled or `send` raises."""
        while True:
            await self._filled.wait()
            while self._frames:
                _, frame, reserved = self._frames.pop(0)
                # A send that the transport takes at once does not give way to others, so if they see this flag the
                # transport's buffer is full: the client does not keep up.
                self._held_up = True
                try:
                    await send(frame)
                finally:
                    self._memory.release(reserved)
                self._held_up = False
            self._filled.clear()

    def clear(self) -> None:
        """Drop what waits."""
        self._memory.release(sum(reserved for *_, reserved in self._frames))
        self._frames.clear()
