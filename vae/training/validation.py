"""The validation images' ELBO after each epoch, compiled once for a whole run."""

import numpy as np

from vae.data.dataset import Split
from vae.evaluation.bounds import Elbo, binarized
from vae.latent.profile import kl_per_dimension
from vae.model import VAE

__all__ = ["Validation"]


class Validation:
    """Measures one model, whose weights are read at each call.

    Args:
        seed: of the posterior draws, and of the binarisation where the model wants binary pixels: the same at every
            call, so that epochs compare.
    """

    def __init__(self, vae: VAE, seed: int):
        self._config = vae.config
        self._seed = seed
        self._elbo = Elbo(vae)

    def measure(self, split: Split) -> tuple[float, float, np.ndarray]:
        """−E_q[log p(x | z)] with one draw and KL(q ‖ p), means over the images, and the KL per dimension; nats."""
        rng = np.random.default_rng(self._seed)
        images = binarized(split.images, rng) if self._config.binarize else split.images
        parts = self._elbo(images, split.labels, rng)
        per_dimension = kl_per_dimension(parts.z_mean, parts.z_log_var, self._config)
        return -float(parts.reconstruction.mean()), float(parts.kl.mean()), per_dimension
