"""Full collections of garbage that do not stop everyone's hand.

After every run of a page's script Streamlit has all garbage collected, and Keras' session cleared, which does so once
more. With a framework's objects to walk over, each takes a fifth of a second, in which no thread runs: no drag is
followed. What has survived one collection is therefore left out of the next ones, and looked at again now and then.
"""

import gc
import time

__all__ = ["Spared"]

_THAW = 120.0  # seconds


class Spared:
    """Leaves out of full collections what survived one before.

    Args:
        thaw: seconds after which everything is looked at once more: garbage in cycles waits so long at most.
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
