"""Infers the classes of images with a conditional model."""

import numpy as np

from vae.batching import LARGEST_BATCH, map_batches
from vae.models.formulas import ModelFormulas, unit_range

__all__ = ["ClassChoice"]


class ClassChoice:
    """Chooses the class under which an image is most likely: argmax over y of p(x | z_mean, y).

    With a uniform p(y), this is Bayes' rule at z = z_mean. Each image is decoded under every class, so that the result
    for an image does not depend on the others.

    Args:
        vae: a conditional model; each call uses its current weights.
    """

    def __init__(self, vae: ModelFormulas):
        self._classes = vae.config.classes

        def log_likelihood(images, z, labels):
            return (vae.log_prob_x(unit_range(images), z, labels),)

        self._log_likelihood = vae.compiled(log_likelihood, "decoder", "likelihood")

    def choose(self, images: np.ndarray, z_mean: np.ndarray) -> np.ndarray:
        """Choose a class for each image.

        Args:
            images: `(n, h, w, c)`, uint8 0…255 or float32 in [0, 1].
            z_mean: float32 `(n, latent_dim)`, of these images.

        Returns:
            Class weights, float32 `(n, classes)`, one-hot.
        """
        scores = np.empty(len(images) * self._classes, np.float32)
        # In batches, since all images repeated for all classes may not fit into memory.
        for start in range(0, len(scores), LARGEST_BATCH):
            pairs = np.arange(start, min(start + LARGEST_BATCH, len(scores)))
            rows, labels = np.divmod(pairs, self._classes)
            arrays = images[rows], z_mean[rows], labels.astype(np.int32)
            scores[pairs] = map_batches(self._log_likelihood, *arrays)[0]
        chosen = scores.reshape(len(images), self._classes).argmax(axis=1)
        return np.eye(self._classes, dtype=np.float32)[chosen]
