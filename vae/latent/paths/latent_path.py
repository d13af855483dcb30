"""What every path offers."""

from typing import Protocol

import numpy as np

__all__ = ["LatentPath"]


class LatentPath(Protocol):
    """A path from one code to another."""

    def at(self, t: np.ndarray) -> np.ndarray:
        """Codes float32 `(n, d)` at times float `(n,)`: the ends at 0 and 1, and a little way beyond them."""
        ...
