"""Figures of codes: the class that their neighbours predict, and the error of the decoded picture."""

import numpy as np

from vae.batching import LARGEST_BATCH
from vae.data.dataset import Split
from vae.inference.codec import Codec

__all__ = ["knn_hits", "squared_errors", "with_classes"]


def knn_hits(train_codes: np.ndarray, train: Split, codes: np.ndarray, test: Split, neighbours: int) -> np.ndarray:
    """Return 1.0 for each image whose class the k nearest training codes predict, else 0.0, `(n,)`.

    Args:
        train_codes: codes of `train`, `(m, latent_dim)`; m ≥ k.
        codes: codes of `test`, `(n, latent_dim)`.
        neighbours: k.
    """
    from sklearn.neighbors import KNeighborsClassifier  # takes a second

    vote = KNeighborsClassifier(neighbours).fit(train_codes, train.labels)
    return (vote.predict(codes) == test.labels).astype(np.float64)


def squared_errors(codec: Codec, images: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the mean squared error per pixel value of each decoded code, `(n,)`, pixels in [0, 1].

    Args:
        images: uint8 `(n, h, w, c)`.
        codes: input of the decoder, see `with_classes`.
    """
    errors = []
    for start in range(0, len(images), LARGEST_BATCH):  # in parts, because floats take 4 times the memory
        rows = slice(start, start + LARGEST_BATCH)
        errors.append(np.square(codec.decode(codes[rows]) - images[rows] / np.float32(255)).mean(axis=(1, 2, 3)))
    return np.concatenate(errors)


def with_classes(z: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return the decoder's input, float32 `(n, latent_dim + classes)`: z, followed by the one-hot class.

    Args:
        z: `(n, latent_dim)`.
        labels: int `(n,)`, below `classes`.
        classes: `ModelConfig.classes`; with 0, z is returned.
    """
    return np.concatenate([z, np.eye(classes, dtype=np.float32)[labels]], axis=1) if classes else z
