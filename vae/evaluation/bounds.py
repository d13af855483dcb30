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
from vae.elbo import importance_log_weights, reparameterize
from vae.model import VAE, unit_range

__all__ = ["ElboParts", "binarized", "elbo_parts", "iwae", "kl_per_dimension"]

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


def elbo_parts(vae: VAE, images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, count: Count) -> ElboParts:
    """Measure the ELBO.

    Args:
        images: uint8 `(n, h, w, c)`; of a `binarize` model already binary.
        labels: int `(n,)`, looked at by a conditional model only.
    """

    def parts(x, y, noise):
        x = unit_range(x)
        z_mean, z_log_var = vae.encode(x)
        z = reparameterize(z_mean, z_log_var, noise)
        return vae.log_prob_x(x, z, y), vae.kl(z, z_mean, z_log_var), z_mean, z_log_var

    noise = rng.standard_normal((len(images), vae.config.latent_dim), np.float32)
    compiled = compile_function(parts, vae.variables)
    return ElboParts(*map_batches(compiled, images, labels.astype(np.int32), noise, report=count))


def kl_per_dimension(z_mean: np.ndarray, z_log_var: np.ndarray, prior: str) -> np.ndarray:
    """What each dimension carries, averaged over the images, float64 `(latent_dim,)` nats.

    The KL from the posterior to N(0, 1), the terms of the closed form (Kingma & Welling 2014, app. B). A flow prior has
    no such terms: there it is the KL to the normal with the codes' own mean and variance in that dimension, which is 0
    for a dimension that says nothing about the image, wherever the flow has put it.

    Args:
        z_mean, z_log_var: `(n, latent_dim)`.
        prior: of the `ModelConfig`.
    """
    z_mean, z_log_var = z_mean.astype(np.float64), z_log_var.astype(np.float64)
    variance = np.exp(z_log_var)
    center, spread = 0.0, 1.0
    if prior != "normal":  # the aggregate posterior's moments, `(latent_dim,)` each
        center, spread = z_mean.mean(axis=0), variance.mean(axis=0) + z_mean.var(axis=0)
    return 0.5 * (np.log(spread) - z_log_var + (variance + (z_mean - center) ** 2) / spread - 1).mean(axis=0)


def iwae(
    vae: VAE, images: np.ndarray, labels: np.ndarray, samples: int, rng: np.random.Generator, count: Count
) -> np.ndarray:
    """log 1/k Σ p(x, z) / q(z | x) over k draws, float64 `(n,)` nats (Burda et al. 2016, eq. 8).

    Args:
        images, labels: as for `elbo_parts`.
        samples: k ≥ 1. Memory does not grow with it.
    """
    # Every step decodes close to LARGEST_BATCH codes, of one image or of several.
    steps = math.ceil(samples / LARGEST_BATCH)
    draws = math.ceil(samples / steps)  # per image and step
    at_once = max(1, LARGEST_BATCH // draws)  # images

    def log_weights(x, y, noise):  # (b, h, w, c), (b,), (b, draws, d)
        x = unit_range(x)
        z_mean, z_log_var = (ops.expand_dims(part, 1) for part in vae.encode(x))  # (b, 1, d)
        z = reparameterize(z_mean, z_log_var, noise)  # (b, draws, d)
        flat = ops.reshape(z, (-1, z.shape[-1]))  # (b · draws, d)
        log_likelihood = vae.log_prob_x(ops.repeat(x, draws, axis=0), flat, ops.repeat(y, draws))
        terms = (ops.reshape(term, z.shape[:2]) for term in (log_likelihood, vae.log_prior(flat)))
        return (importance_log_weights(*terms, z, z_mean, z_log_var),)  # (b, draws)

    compiled = compile_function(log_weights, vae.variables)
    bounds = []
    for start in range(0, len(images), at_once):
        x, y = images[start : start + at_once], labels[start : start + at_once].astype(np.int32)
        mean = _LogMeanExp(len(x))
        while mean.terms < samples:
            noise = rng.standard_normal((len(x), draws, vae.config.latent_dim), np.float32)
            # The last step may draw a few too many.
            mean.add(np.asarray(compiled(x, y, noise)[0])[:, : samples - mean.terms])
        bounds.append(mean.value())
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
