"""Principal component analysis as the baseline of a reconstruction: the best linear code of the same size."""

from math import prod

import numpy as np

from vae.data.dataset import Dataset, Split

__all__ = ["pca_errors"]

_MOST_BYTES = 400_000_000  # of the training images as floats; of more, evenly spaced ones are used
_ROWS = 1000


def pca_errors(dataset: Dataset, dimensions: int, split: Split) -> np.ndarray | None:
    """Return the error of each image of a split, reconstructed from its first principal components.

    The components are those of the training images (scikit-learn's `PCA`). Reconstructions are not clipped to [0, 1].

    Args:
        dimensions: number of components.

    Returns:
        float64 `(n,)`, mean squared error per pixel value, pixels in [0, 1]; None if there are not more training
        images and pixel values than components.
    """
    pixels = prod(dataset.info.image_shape)
    if dimensions >= min(len(dataset.train), pixels):
        return None
    mean, components = _components(dataset.train.images, dimensions)
    errors = []
    for start in range(0, len(split), _ROWS):
        x = _flat(split.images[start : start + _ROWS]) - mean
        errors.append(np.square(x - (x @ components.T) @ components).mean(axis=1, dtype=np.float64))
    return np.concatenate(errors) if errors else np.zeros(0)


def _components(images: np.ndarray, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.decomposition import PCA  # takes a second to import

    step = max(1, -(-4 * len(images) * prod(images.shape[1:]) // _MOST_BYTES))
    fitted = PCA(dimensions, random_state=0).fit(_flat(images[::step]))
    return np.asarray(fitted.mean_, np.float32), np.asarray(fitted.components_, np.float32)


def _flat(images: np.ndarray) -> np.ndarray:
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
