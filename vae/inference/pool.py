"""The memory of a process's opened models: one budget for all who use them."""

import gc
import threading
import weakref
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from vae.errors import BadRequestError
from vae.message import message

__all__ = ["POOL", "RuntimePool"]


class RuntimePool:
    """Counts the memory of objects while they exist, and keeps their sum within a budget.

    Sizes are estimates. All methods may be called from any thread.

    Args:
        budget: bytes that the objects may take together; None sets no limit.
        pinned: names of objects that are never refused.
    """

    def __init__(self, budget: int | None = None, pinned: Collection[str] = ()):
        self._budget, self._pinned = budget, frozenset(pinned)
        self._releasers: list[Callable[[], bool]] = []
        self._lock = threading.RLock()  # an object may be collected, and so released, while the lock is held
        self._held: dict[int, tuple[str, int]] = {}  # by a number: name, bytes
        self._numbers = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of all objects that exist."""
        with self._lock:
            return sum(size for _, size in self._held.values())

    def limit(self, budget: int, pinned: Collection[str] = ()) -> None:
        """Set the budget and the pinned names."""
        with self._lock:
            self._budget, self._pinned = budget, frozenset(pinned)

    def on_shortage(self, release: Callable[[], bool]) -> None:
        """Register a function that drops something that is not in use, and returns whether there was anything.

        If memory is short, the functions are called in the order of registration, as often as they find something.
        """
        with self._lock:
            self._releasers.append(release)

    @contextmanager
    def reserve(self, size: int, name: str) -> Iterator[Callable[[object], None]]:
        """Reserve memory for an object while it is made. Unused objects are dropped until there is room.

        An object fits in any case if all others are pinned.

        Args:
            size: bytes.
            name: of the model; a map's is the model's id, `?` and settings.

        Yields:
            A function that takes the finished object: the memory counts as long as it exists. Without a call, the
            memory is free after the block.

        Raises:
            BadRequestError: the objects in use leave no room.
        """
        number = self._take(size, name)
        kept = False

        def keep(owner: object) -> None:
            nonlocal kept
            kept = True
            weakref.finalize(owner, self._release, number).atexit = False

        try:
            yield keep
        finally:
            if not kept:
                self._release(number)

    def _take(self, size: int, name: str) -> int:
        for release in list(self._releasers):
            while not self._fits(size) and release():
                pass
        if not self._fits(size):
            gc.collect()  # what was dropped may still be part of a cycle
        with self._lock:
            others = any(held not in self._pinned for held, _ in self._held.values())
            if others and not self._fits(size) and name not in self._pinned:
                raise BadRequestError(
                    message(
                        "There is no memory left for {partition}: other models are in use.",
                        partition=name.partition("?")[0],
                    ),
                    "Try again later, or increase the limit (ZSCOPE_MODEL_MEMORY_MB).",
                )
            self._numbers += 1
            self._held[self._numbers] = name, size
            return self._numbers

    def _release(self, number: int) -> None:
        with self._lock:
            self._held.pop(number, None)

    def _fits(self, size: int) -> bool:
        with self._lock:
            return self._budget is None or self.held_bytes + size <= self._budget


POOL = RuntimePool()  # of this process; the server sets its budget
