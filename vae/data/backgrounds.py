"""Black, white or grey behind transparent pixels: one level for a data set, chosen so that its pictures are visible."""

import numpy as np

from vae.message import N_

__all__ = ["LEVELS", "BackgroundChoice", "is_blank", "over"]

LEVELS = {0: N_("black"), 255: N_("white"), 128: N_("grey")}  # possible backgrounds, of 255
_BLANK = 3  # levels of 255 that a blank picture may vary by
_MOST_BLANK = 0.02  # share of pictures that may be blank although another background would show them


class BackgroundChoice:
    """Collects the pictures that have transparency, each over black and over white, and chooses a background.

    Attributes:
        count: number of pictures added.
    """

    def __init__(self):
        self.count = 0
        self._contrast = 0.0  # over white minus over black
        self._blank = dict.fromkeys(LEVELS, 0)

    def add(self, on_black: np.ndarray, on_white: np.ndarray) -> None:
        """Add one picture, uint8 arrays of one shape."""
        self.count += 1
        self._contrast += float((255.0 - on_white).mean() - on_black.mean(dtype=np.float64))
        for level in LEVELS:
            self._blank[level] += is_blank(over(on_black, on_white, level))

    @property
    def level(self) -> int:
        """The chosen background, one of `LEVELS`.

        Black or white is preferred, whichever gives more contrast, then the other one, then grey. A level is skipped if
        over 2 % more pictures are blank over it than over another level.
        """
        by_contrast = (255, 0, 128) if self._contrast > 0 else (0, 255, 128)
        allowed = min(self._blank.values()) + _MOST_BLANK * self.count
        return next(level for level in by_contrast if self._blank[level] <= allowed)


def over(on_black: np.ndarray, on_white: np.ndarray, level: int) -> np.ndarray:
    """Composite a partly transparent picture over a grey level, from its versions over black and over white.

    Args:
        on_black, on_white: uint8 of one shape; their difference is the transparency of each pixel.
        level: 0 to 255.

    Returns:
        uint8 of that shape.
    """
    transparent = on_white.astype(np.int32) - on_black
    return np.clip(on_black + (transparent * level + 127) // 255, 0, 255).astype(np.uint8)


def is_blank(image: np.ndarray) -> bool:
    """Return whether a picture, uint8 `(h, w, c)`, is one flat colour."""
    return bool(np.ptp(image, axis=(0, 1)).max() <= _BLANK)
