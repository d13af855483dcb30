"""Frames that wait to be sent to one client: as many as there are while it reads, the newest per key while it does not.

A client that does not read therefore costs a bounded amount of memory, whatever it asks for; when it reads again it
gets the present, not the past. One that does read gets every reply, however close together they come.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

__all__ = ["Outbox"]


class Outbox:
    """The frames of one connection, first come, first sent. For one event loop."""

    def __init__(self):
        self._frames: list[tuple[Hashable, bytes]] = []
        self._filled = asyncio.Event()
        self._held_up = False

    @property
    def waiting_bytes(self) -> int:
        """Bytes of all frames that wait."""
        return sum(len(frame) for _, frame in self._frames)

    def put(self, key: Hashable, frame: bytes) -> None:
        """Let `frame` wait; while the client does not read, in the place of the older ones of its key."""
        older = [index for index, (other, _) in enumerate(self._frames) if other == key] if self._held_up else []
        if older:
            self._frames[older[0]] = (key, frame)
            for index in reversed(older[1:]):
                del self._frames[index]
        else:
            self._frames.append((key, frame))
        self._filled.set()

    async def send_all(self, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send whatever comes, until cancelled or `send` raises."""
        while True:
            await self._filled.wait()
            while self._frames:
                _, frame = self._frames.pop(0)
                # A send that the transport takes at once does not give way to others, so if they see this flag the
                # transport's buffer is full: the client does not keep up.
                self._held_up = True
                await send(frame)
                self._held_up = False
            self._filled.clear()
