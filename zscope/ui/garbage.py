"""Shortens full garbage collections, which would otherwise interrupt a drag.

After every run of a page's script Streamlit collects all garbage and clears Keras' session, which collects it again.
With a framework's objects each collection takes 0.2 s, in which no thread runs. Objects that survived one collection
are therefore left out of the next ones, and checked again every two minutes.
"""

import gc
import time

__all__ = ["Spared"]

_THAW = 120.0  # seconds


class Spared:
    """Excludes objects that survived a full collection from later ones.

    Args:
        thaw: seconds after which all objects are checked again; cyclic garbage waits at most this time.
    """

    def __init__(self, thaw: float = _THAW):
        self._thaw = thaw
        self._thawed = time.monotonic()

    def start(self) -> None:
        gc.callbacks.append(self._called)

    def stop(self) -> None:
        gc.callbacks.remove(self._called)
        gc.unfreeze()

    def _called(self, phase: str, info: dict[str, int]) -> None:
        if info["generation"] < 2:
            return
        if phase == "stop":
            gc.freeze()
        elif time.monotonic() - self._thawed >= self._thaw:
            self._thawed = time.monotonic()
            gc.unfreeze()
