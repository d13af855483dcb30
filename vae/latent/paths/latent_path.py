"""The interface of all paths."""

from typing import Protocol

import numpy as np

__all__ = ["LatentPath"]


class LatentPath(Protocol):
    """A path from one code to another."""

    def at(self, t: np.ndarray) -> np.ndarray:
        """Return the codes, float32 `(n, d)`, at times float `(n,)` from -0.5 to 1.5; the ends are at 0 and 1.

        Raises:
            BadRequestError: `t` is not a list of such times.
        """
        ...
