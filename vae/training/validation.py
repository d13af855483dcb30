"""Measures the loss on the validation images, compiled once for a whole run."""

import math

import numpy as np

from vae.data.dataset import Split
from vae.evaluation.bounds import Elbo, ImportanceBound, binarized
from vae.evaluation.codes import squared_errors, with_classes
from vae.inference.codec import Codec
from vae.latent.profile import kl_per_dimension
from vae.models.vae import VAE

__all__ = ["MSE_IMAGES", "Validation"]

MSE_IMAGES = 1000  # images of the validation split whose reconstructions are measured


class Validation:
    """Measures one model. Its weights are read at each call.

    Args:
        seed: seed of draws from the posterior and of binarisation; the same at each call, so that epochs compare.
        beta: weight of the KL in the loss.
        samples: k of the importance-weighted bound; with 1, the loss is the negative ELBO.
    """

    def __init__(self, vae: VAE, seed: int, beta: float = 1.0, samples: int = 1):
        self._config = vae.config
        self._seed = seed
        self._beta = beta
        self._elbo = Elbo(vae)
        self._codec = Codec(vae)
        self._bound = ImportanceBound(vae, samples) if samples > 1 else None

    def measure(self, split: Split) -> tuple[dict[str, float], np.ndarray]:
        """Measure a split.

        Returns:
            Means over the images, in nats: `loss`; `reconstruction`, −E_q[log p(x | z)] with one draw; `kl`, KL(q ‖ p).
            `mse`: mean squared error per pixel value in [0, 1] of the first `MSE_IMAGES` grey or colour images, decoded
            from the posterior mean. And the KL per dimension, float64 `(latent_dim,)`.
        """
        rng = np.random.default_rng(self._seed)
        images = binarized(split.images, rng) if self._config.binarize else split.images
        parts = self._elbo(images, split.labels, rng)
        reconstruction, kl = -float(parts.reconstruction.mean()), float(parts.kl.mean())
        loss = reconstruction + self._beta * kl
        if self._bound:
            loss = -float(self._bound(images, split.labels, rng).mean())
        some = slice(MSE_IMAGES)
        means = with_classes(parts.z_mean[some], split.labels[some], self._config.classes)
        finite = np.isfinite(loss) and np.isfinite(means).all()  # otherwise the training has diverged
        mse = float(squared_errors(self._codec, split.images[some], means).mean()) if finite else math.nan
        figures = {"loss": loss, "reconstruction": reconstruction, "kl": kl, "mse": mse}
        return figures, kl_per_dimension(parts.z_mean, parts.z_log_var, self._config)
