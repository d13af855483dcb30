"""A memory budget that many requests share."""

import threading

__all__ = ["MemoryBudget"]


class MemoryBudget:
    """A number of bytes that many users share. All methods may be called from any thread.

    Args:
        most: bytes that may be reserved at one time.
    """

    def __init__(self, most: int):
        self._most = most
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes that are reserved now."""
        with self._lock:
            return self._held

    def reserve(self, size: int, spare: int = 0) -> bool:
        """Reserve `size` more bytes if there is room, and return whether there was. A negative size always fits.

        Args:
            spare: bytes that must stay free for others.
        """
        with self._lock:
            if size > 0 and self._held + size + spare > self._most:
                return False
            self._held += size
            return True

    def release(self, size: int) -> None:
        """Release `size` reserved bytes."""
        with self._lock:
            self._held -= size
