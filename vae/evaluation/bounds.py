"""Bounds on log p(x): the ELBO and its terms, and the importance-weighted bound with any number of draws.

For a conditional model, they bound log p(x | y), where y is the image's class. The noise is an argument and comes from
NumPy, so the figures are the same on every backend.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae.array_ops import ops
from vae.batching import LARGEST_BATCH, map_batches
from vae.models.elbo import importance_log_weights, reparameterize
from vae.models.formulas import ModelFormulas, unit_range

__all__ = ["Elbo", "ElboParts", "ImportanceBound", "binarized"]

Count = Callable[[int], None]  # called with the number of images after each batch


@dataclass(frozen=True)
class ElboParts:
    """The two terms of the ELBO for each image, and the posterior.

    Attributes:
        reconstruction: E_q[log p(x | z)] with one draw, `(n,)` nats.
        kl: KL(q(z | x) ‖ p(z)), `(n,)` nats: exact for N(0, I); for a flow, log q(z | x) − log p(z) of the same draw.
        z_mean, z_log_var: `(n, latent_dim)`.
    """

    reconstruction: np.ndarray
    kl: np.ndarray
    z_mean: np.ndarray
    z_log_var: np.ndarray


def binarized(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sample each pixel black or white, with its grey level as the probability of white; uint8, 0 or 255."""
    sampled = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), LARGEST_BATCH):  # in parts: random floats take 4 times the memory
        part = images[start : start + LARGEST_BATCH]
        sampled[start : start + LARGEST_BATCH] = 255 * (rng.random(part.shape, np.float32) < part / np.float32(255))
    return sampled


class Elbo:
    """Measures the ELBO of a model. It is compiled once, and reads the weights at each call."""

    def __init__(self, vae: ModelFormulas):
        def parts(x, y, noise):
            x = unit_range(x)
            z_mean, z_log_var = vae.encode(x)
            z = reparameterize(z_mean, z_log_var, noise)
            return vae.log_prob_x(x, z, y), vae.kl(z, z_mean, z_log_var), z_mean, z_log_var

        self._latent_dim, self._largest = vae.config.latent_dim, vae.config.largest_batch
        self._parts = vae.compiled(parts)

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, count: Count | None = None
    ) -> ElboParts:
        """Return the terms for all images.

        Args:
            images: uint8 `(n, h, w, c)`; for a `binarize` model, already binary.
            labels: int `(n,)`; only a conditional model uses them.
            rng: generator of the draws from the posterior.
            count: called with the number of images after each batch.
        """
        noise = rng.standard_normal((len(images), self._latent_dim), np.float32)
        arrays = images, labels.astype(np.int32), noise
        return ElboParts(*map_batches(self._parts, *arrays, report=count, largest=self._largest))


class ImportanceBound:
    """Measures log 1/k Σ p(x, z) / q(z | x) of a model (Burda et al. 2016, eq. 8). It is compiled once, as `Elbo`.

    Args:
        samples: k ≥ 1. The memory does not depend on it.
    """

    def __init__(self, vae: ModelFormulas, samples: int):
        self._samples = samples
        self._latent_dim = vae.config.latent_dim
        # Each step decodes almost a full batch of codes, from one image or several.
        largest = vae.config.largest_batch
        steps = math.ceil(samples / largest)
        self._draws = draws = math.ceil(samples / steps)  # per image and step
        self._at_once = max(1, largest // draws)  # images

        def log_weights(x, y, noise):  # (b, h, w, c), (b,), (b, draws, d)
            x = unit_range(x)
            z_mean, z_log_var = (ops.expand_dims(part, 1) for part in vae.encode(x))  # (b, 1, d)
            z = reparameterize(z_mean, z_log_var, noise)  # (b, draws, d)
            flat = ops.reshape(z, (-1, z.shape[-1]))  # (b · draws, d)
            log_likelihood = vae.log_prob_x(ops.repeat(x, draws, axis=0), flat, ops.repeat(y, draws))
            log_likelihood = ops.reshape(log_likelihood, z.shape[:2])  # (b, draws)
            log_prior = ops.reshape(vae.log_prior(flat), z.shape[:2])
            return (importance_log_weights(log_likelihood, log_prior, z, z_mean, z_log_var),)  # (b, draws)

        self._log_weights = vae.compiled(log_weights)

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, count: Count | None = None
    ) -> np.ndarray:
        """Return the bound of each image, float64 `(n,)` nats. The arguments are those of `Elbo`."""
        bounds = []
        for start in range(0, len(images), self._at_once):
            rows = slice(start, start + self._at_once)
            x, y = np.asarray(images[rows]), labels[rows].astype(np.int32)
            mean = _LogMeanExp(len(x))
            while mean.terms < self._samples:
                noise = rng.standard_normal((len(x), self._draws, self._latent_dim), np.float32)
                # The last step may draw more than needed.
                mean.add(np.asarray(self._log_weights(x, y, noise)[0])[:, : self._samples - mean.terms])
            bounds.append(mean.value())
            if count:
                count(len(x))
        return np.concatenate(bounds)


class _LogMeanExp:
    """Computes the log of a mean of exponentials whose terms arrive in pieces, for each row, in float64."""

    def __init__(self, rows: int):
        self.terms = 0
        self._largest = np.full(rows, -np.inf)
        self._sum = np.zeros(rows)  # of exp(term − largest)

    def add(self, log_values: np.ndarray) -> None:
        """Add terms, `(rows, m)`."""
        log_values = log_values.astype(np.float64)
        largest = np.maximum(self._largest, log_values.max(axis=1))
        self._sum *= np.exp(self._largest - largest)
        self._sum += np.exp(log_values - largest[:, None]).sum(axis=1)
        self._largest = largest
        self.terms += log_values.shape[1]

    def value(self) -> np.ndarray:
        return self._largest + np.log(self._sum / self.terms)
