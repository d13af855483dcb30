"""The validation images' ELBO after each epoch, compiled once for a whole run."""

import numpy as np

from vae.backend import compile_function
from vae.batching import LARGEST_BATCH, map_batches
from vae.data.dataset import Split
from vae.elbo import reparameterize
from vae.latent.profile import carried
from vae.model import VAE, unit_range

__all__ = ["Validation"]


class Validation:
    """Measures one model, whose weights are read at each call.

    Args:
        seed: of the posterior draws, and of the binarisation where the model wants binary pixels: the same at every
            call, so that epochs compare.
    """

    def __init__(self, vae: VAE, seed: int):
        self._vae = vae
        self._seed = seed

        def parts(x, labels, noise):
            x = unit_range(x)
            z_mean, z_log_var = vae.encode(x)
            z = reparameterize(z_mean, z_log_var, noise)
            return vae.log_prob_x(x, z, labels), vae.kl(z, z_mean, z_log_var), z_mean, z_log_var

        self._parts = compile_function(parts, vae.variables)

    def measure(self, split: Split) -> tuple[float, float, np.ndarray]:
        """−E_q[log p(x | z)] with one draw and KL(q ‖ p), means over the images, and the KL per dimension; nats."""
        rng = np.random.default_rng(self._seed)
        outputs = []
        for start in range(0, len(split), LARGEST_BATCH):
            images = np.asarray(split.images[start : start + LARGEST_BATCH])
            labels = split.labels[start : start + LARGEST_BATCH].astype(np.int32)
            if self._vae.config.binarize:
                images = (rng.random(images.shape, np.float32) * 255 < images).astype(np.float32)
            noise = rng.standard_normal((len(images), self._vae.config.latent_dim), np.float32)
            outputs.append(map_batches(self._parts, images, labels, noise))
        log_likelihood, kl, z_mean, z_log_var = (np.concatenate(part) for part in zip(*outputs, strict=True))
        return -float(log_likelihood.mean()), float(kl.mean()), carried(z_mean, z_log_var, self._vae.config)
