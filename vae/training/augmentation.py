"""Pictures changed a little each time they are seen, so that a small set is not learned by heart."""

import numpy as np

__all__ = ["mirrored", "shifted"]


def shifted(images: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Each picture moved by up to so many whole pixels up or down and left or right; its border is drawn out.

    Args:
        images: `(n, h, w, c)`.
        pixels: the most, ≥ 0. Every offset from −pixels to +pixels is equally likely.

    Returns:
        `(n, h, w, c)`, the same dtype.
    """
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))  # (n, y, x, c, h, w)
    y, x = rng.integers(0, 2 * pixels + 1, (2, count))
    return np.moveaxis(windows[np.arange(count), y, x], 1, -1)


def mirrored(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every other picture, by chance, with left and right exchanged; `(n, h, w, c)`, the same dtype."""
    return np.where(rng.random((len(images), 1, 1, 1)) < 0.5, images[:, :, ::-1], images)
