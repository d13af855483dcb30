"""What codes are worth: the class their neighbours name, and the picture they decode to."""

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from vae.batching import LARGEST_BATCH
from vae.data.dataset import Split
from vae.inference.codec import Codec

__all__ = ["knn_hits", "squared_errors", "with_classes"]


def knn_hits(train_codes: np.ndarray, train: Split, codes: np.ndarray, test: Split, neighbours: int) -> np.ndarray:
    """1.0 where the k nearest training codes vote for the image's own class, `(n,)`.

    Args:
        train_codes: `(m, latent_dim)`, of `train`; m ≥ k.
        codes: `(n, latent_dim)`, of `test`.
        neighbours: k.
    """
    vote = KNeighborsClassifier(neighbours).fit(train_codes, train.labels)
    return (vote.predict(codes) == test.labels).astype(np.float64)


def squared_errors(codec: Codec, images: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Mean squared error per pixel value of the decoded codes, `(n,)`, pixels in [0, 1].

    Args:
        images: uint8 `(n, h, w, c)`.
        codes: as the decoder takes them, see `with_classes`.
    """
    errors = []
    for start in range(0, len(images), LARGEST_BATCH):  # not all at once: float pictures take four times the images
        rows = slice(start, start + LARGEST_BATCH)
        errors.append(np.square(codec.decode(codes[rows]) - images[rows] / np.float32(255)).mean(axis=(1, 2, 3)))
    return np.concatenate(errors)


def with_classes(z: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Codes as a decoder takes them, float32 `(n, latent_dim + classes)`: z, and of a conditional model its class.

    Args:
        z: `(n, latent_dim)`.
        labels: int `(n,)`, below `classes`.
        classes: of the `ModelConfig`; 0 gives z back.
    """
    return np.concatenate([z, np.eye(classes, dtype=np.float32)[labels]], axis=1) if classes else z
