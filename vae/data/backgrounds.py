"""Black, white or middle grey behind what is transparent: one for a whole data set, the one that shows its pictures."""

import numpy as np

__all__ = ["LEVELS", "GroundChoice", "is_blank", "over"]

LEVELS = {0: "black", 255: "white", 128: "grey"}  # what may be behind a picture, of 255
_BLANK = 3  # levels of 255 that a blank picture may vary by
_MOST_BLANK = 0.02  # of the pictures, that another ground would show


class GroundChoice:
    """Sees the pictures that have transparency, each over black and over white.

    Attributes:
        count: pictures seen.
    """

    def __init__(self):
        self.count = 0
        self._contrast = 0.0  # over white less over black
        self._blank = dict.fromkeys(LEVELS, 0)

    def add(self, on_black: np.ndarray, on_white: np.ndarray) -> None:
        """Count one picture, uint8 arrays of one shape."""
        self.count += 1
        self._contrast += float((255.0 - on_white).mean() - on_black.mean(dtype=np.float64))
        for level in LEVELS:
            self._blank[level] += is_blank(over(on_black, on_white, level))

    @property
    def level(self) -> int:
        """One of `LEVELS`: black or white by contrast, unless it leaves more than 2 % blank that another shows.

        Grey shows black drawings and white ones together.
        """
        by_contrast = (255, 0, 128) if self._contrast > 0 else (0, 255, 128)
        allowed = min(self._blank.values()) + _MOST_BLANK * self.count
        return next(level for level in by_contrast if self._blank[level] <= allowed)


def over(on_black: np.ndarray, on_white: np.ndarray, level: int) -> np.ndarray:
    """A partly transparent picture over a grey level, from what it is over black and over white.

    Args:
        on_black, on_white: uint8 of one shape; their difference is how transparent each pixel is.
        level: 0 to 255.

    Returns:
        uint8 of that shape.
    """
    transparent = on_white.astype(np.int32) - on_black
    return np.clip(on_black + (transparent * level + 127) // 255, 0, 255).astype(np.uint8)


def is_blank(image: np.ndarray) -> bool:
    """Whether nothing can be seen in a picture uint8 `(h, w, c)`."""
    return bool(np.ptp(image, axis=(0, 1)).max() <= _BLANK)
