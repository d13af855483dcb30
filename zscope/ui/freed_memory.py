"""Returns freed memory to the system.

glibc's allocator keeps most of what a request frees: after four models were used on four pages, a third of the server's
resident memory was free. Streamlit collects all garbage after every run of a page's script; soon after that, while no
script runs, the allocator is asked to release what it does not use. The call takes a millisecond or less when there is
little to release, and other threads run meanwhile.
"""

import ctypes
import gc
import threading
from collections.abc import Callable

__all__ = ["ReleasedMemory", "release_freed"]

_DELAY = 2.0  # seconds


def release_freed() -> bool:
    """Return freed memory to the system; return whether the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(0)
    return True


class ReleasedMemory:
    """Releases freed memory once, some time after a full collection or several of them.

    Args:
        delay: seconds after the first collection.
        release: what releases it.
    """

    def __init__(self, delay: float = _DELAY, release: Callable[[], object] = release_freed):
        self._delay = delay
        self._release = release
        self._collected = threading.Event()
        self._stopped = threading.Event()

    def start(self) -> None:
        # One thread that waits: a collection at the interpreter's end could not start one.
        threading.Thread(target=self._work, name="zscope-freed-memory", daemon=True).start()
        gc.callbacks.append(self._called)

    def stop(self) -> None:
        gc.callbacks.remove(self._called)
        self._stopped.set()
        self._collected.set()

    def _called(self, phase: str, info: dict[str, int]) -> None:
        if phase == "stop" and info["generation"] == 2:
            self._collected.set()

    def _work(self) -> None:
        while True:
            self._collected.wait()
            if self._stopped.wait(self._delay):
                return
            self._collected.clear()
            self._release()
