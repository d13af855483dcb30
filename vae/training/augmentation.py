"""Augmentation: random changes of training images, against overfitting."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Augmentation", "mirrored", "shifted"]


@dataclass(frozen=True)
class Augmentation:
    """Changes all images in the first epoch, and fewer in each later one.

    The network keeps what it learns from changed images. At the end, it sees almost only unchanged ones, so the prior
    fits the data and not the changed data. The codes keep their accuracy, and samples are as good as without
    augmentation (figures: docs/zoo.md).

    Attributes:
        shift: pixels, see `shifted`; 0 for none.
        mirror: whether to mirror images, see `mirrored`.
        epochs: number of epochs of the run.
    """

    shift: int
    mirror: bool
    epochs: int

    def __call__(self, images: np.ndarray, epoch: int, rng: np.random.Generator) -> np.ndarray:
        """Return a batch `(n, h, w, c)` with the changes for an epoch, counted from 0; the dtype stays."""
        if not (self.shift or self.mirror):
            return images
        changed = rng.random((len(images), 1, 1, 1)) * self.epochs >= epoch
        moved = shifted(images, self.shift, rng)
        return np.where(changed, mirrored(moved, rng) if self.mirror else moved, images)


def shifted(images: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Shift each image by a random number of whole pixels, vertically and horizontally; edge pixels are repeated.

    Args:
        images: `(n, h, w, c)`.
        pixels: largest shift, ≥ 0. Every offset from −pixels to +pixels is equally likely.

    Returns:
        `(n, h, w, c)`, the same dtype.
    """
    count, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (pixels, pixels), (pixels, pixels), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (height, width), axis=(1, 2))  # (n, y, x, c, h, w)
    y, x = rng.integers(0, 2 * pixels + 1, (2, count))
    return np.moveaxis(windows[np.arange(count), y, x], 1, -1)


def mirrored(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Mirror each image horizontally with probability ½; `(n, h, w, c)`, the same dtype."""
    return np.where(rng.random((len(images), 1, 1, 1)) < 0.5, images[:, :, ::-1], images)
