"""How many bytes requests may hold at one time, counted across all of them."""

import threading

__all__ = ["MemoryBudget"]


class MemoryBudget:
    """Bytes that are shared by many. All methods may be called from any thread.

    Args:
        most: bytes that may be held at one time.
    """

    def __init__(self, most: int):
        self._most = most
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes that are held now."""
        with self._lock:
            return self._held

    def reserve(self, size: int, spare: int = 0) -> bool:
        """Hold `size` more bytes; False, and nothing is held, where they would be too many. Fewer always succeeds.

        Args:
            spare: bytes that must be left for others.
        """
        with self._lock:
            if size > 0 and self._held + size + spare > self._most:
                return False
            self._held += size
            return True

    def release(self, size: int) -> None:
        """Hold `size` bytes less."""
        with self._lock:
            self._held -= size
