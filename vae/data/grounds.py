"""Black or white behind what is transparent: one for a whole data set, the one that its pictures stand out from."""

import numpy as np

__all__ = ["GroundChoice"]


class GroundChoice:
    """Sees the pictures that have transparency, each over black and over white.

    Attributes:
        count: pictures seen.
    """

    def __init__(self):
        self.count = 0
        self._contrast = 0.0  # over white less over black

    def add(self, on_black: np.ndarray, on_white: np.ndarray) -> None:
        """Count one picture, uint8 arrays of one shape."""
        self.count += 1
        self._contrast += float((255.0 - on_white).mean() - on_black.mean(dtype=np.float64))

    @property
    def white(self) -> bool:
        """Whether white is the ground; black where both are as good."""
        return self._contrast > 0
