"""Bounds on log p(x): the ELBO with its parts, and the importance-weighted bound with any number of draws.

Of a conditional model it is log p(x | y), y being the image's own class. The noise comes from NumPy and goes in as an
argument: the figures are the same on every backend.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from keras import ops

from vae.backend import compile_function
from vae.batching import LARGEST_BATCH, map_batches
from vae.models.elbo import importance_log_weights, reparameterize
from vae.models.vae import VAE, unit_range

__all__ = ["Elbo", "ElboParts", "ImportanceBound", "binarized"]

Count = Callable[[int], None]  # told how many more images are done


@dataclass(frozen=True)
class ElboParts:
    """The ELBO's two terms per image, and the posterior they are of.

    Attributes:
        reconstruction: E_q[log p(x | z)] with one draw, `(n,)` nats.
        kl: KL(q(z | x) ‖ p(z)), `(n,)` nats: exact for N(0, I), for a flow log q(z | x) − log p(z) of the same draw.
        z_mean, z_log_var: `(n, latent_dim)`.
    """

    reconstruction: np.ndarray
    kl: np.ndarray
    z_mean: np.ndarray
    z_log_var: np.ndarray


def binarized(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each pixel drawn black or white, white with the probability of its grey level; uint8, 0 or 255, same shape."""
    drawn = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), LARGEST_BATCH):  # not all at once: the random floats take four times the images
        part = images[start : start + LARGEST_BATCH]
        drawn[start : start + LARGEST_BATCH] = 255 * (rng.random(part.shape, np.float32) < part / np.float32(255))
    return drawn


class Elbo:
    """Measures one model's ELBO; compiled once, the weights are read at each call."""

    def __init__(self, vae: VAE):
        def parts(x, y, noise):
            x = unit_range(x)
            z_mean, z_log_var = vae.encode(x)
            z = reparameterize(z_mean, z_log_var, noise)
            return vae.log_prob_x(x, z, y), vae.kl(z, z_mean, z_log_var), z_mean, z_log_var

        self._latent_dim, self._largest = vae.config.latent_dim, vae.config.largest_batch
        self._parts = compile_function(parts, vae.variables)

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, count: Count | None = None
    ) -> ElboParts:
        """The terms of every image.

        Args:
            images: uint8 `(n, h, w, c)`; of a `binarize` model already binary.
            labels: int `(n,)`, looked at by a conditional model only.
            rng: of the draws from the posterior.
        """
        noise = rng.standard_normal((len(images), self._latent_dim), np.float32)
        arrays = images, labels.astype(np.int32), noise
        return ElboParts(*map_batches(self._parts, *arrays, report=count, largest=self._largest))


class ImportanceBound:
    """Measures one model's log 1/k Σ p(x, z) / q(z | x) (Burda et al. 2016, eq. 8); compiled once, as `Elbo`.

    Args:
        samples: k ≥ 1. Memory does not grow with it.
    """

    def __init__(self, vae: VAE, samples: int):
        self._samples = samples
        self._latent_dim = vae.config.latent_dim
        # Every step decodes close to a largest batch of codes, of one image or of several.
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
            terms = (ops.reshape(term, z.shape[:2]) for term in (log_likelihood, vae.log_prior(flat)))
            return (importance_log_weights(*terms, z, z_mean, z_log_var),)  # (b, draws)

        self._log_weights = compile_function(log_weights, vae.variables)

    def __call__(
        self, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, count: Count | None = None
    ) -> np.ndarray:
        """Of every image, float64 `(n,)` nats; images and labels as for `Elbo`."""
        bounds = []
        for start in range(0, len(images), self._at_once):
            rows = slice(start, start + self._at_once)
            x, y = np.asarray(images[rows]), labels[rows].astype(np.int32)
            mean = _LogMeanExp(len(x))
            while mean.terms < self._samples:
                noise = rng.standard_normal((len(x), self._draws, self._latent_dim), np.float32)
                # The last step may draw a few too many.
                mean.add(np.asarray(self._log_weights(x, y, noise)[0])[:, : self._samples - mean.terms])
            bounds.append(mean.value())
            if count:
                count(len(x))
        return np.concatenate(bounds)


class _LogMeanExp:
    """log of a mean of exponentials whose terms come in pieces, `(rows,)` of them side by side, in float64."""

    def __init__(self, rows: int):
        self.terms = 0
        self._largest = np.full(rows, -np.inf)
        self._sum = np.zeros(rows)  # of exp(term − largest)

    def add(self, log_values: np.ndarray) -> None:
        """Take in `(rows, m)` more."""
        log_values = log_values.astype(np.float64)
        largest = np.maximum(self._largest, log_values.max(axis=1))
        self._sum *= np.exp(self._largest - largest)
        self._sum += np.exp(log_values - largest[:, None]).sum(axis=1)
        self._largest = largest
        self.terms += log_values.shape[1]

    def value(self) -> np.ndarray:
        return self._largest + np.log(self._sum / self.terms)
