"""Pictures changed a little each time they are seen, so that a set is not learned by heart."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Augmentation", "mirrored", "shifted"]


@dataclass(frozen=True)
class Augmentation:
    """Changes fewer and fewer pictures: all in the first epoch, hardly any in the last.

    What a network learns from moved pictures stays when it is shown them in their places at the end, and then the
    prior is that of the data, not of data that are moved about: the same accuracy of the codes, draws as good as
    without (docs/zoo.md has the figures).

    Attributes:
        shift: pixels, see `shifted`; 0 for none.
        mirror: see `mirrored`.
        epochs: of the run.
    """

    shift: int
    mirror: bool
    epochs: int

    def __call__(self, images: np.ndarray, epoch: int, rng: np.random.Generator) -> np.ndarray:
        """A batch `(n, h, w, c)` as it is shown in an epoch, 0 for the first; the same dtype."""
        if not (self.shift or self.mirror):
            return images
        changed = rng.random((len(images), 1, 1, 1)) * self.epochs >= epoch
        moved = shifted(images, self.shift, rng)
        return np.where(changed, mirrored(moved, rng) if self.mirror else moved, images)


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
