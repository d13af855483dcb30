"""Measures a small model on the test images, with the distribution from which it really draws its codes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vae.array_ops import ops
from vae.batching import map_batches
from vae.evaluation.features import FeatureExtractor
from vae.evaluation.samples import compare
from vae.models.elbo import kl_divergence
from vae.models.formulas import unit_range
from vae.models.vae import VAE

__all__ = ["Measured", "measure"]

_DRAWS = 2000  # samples of the prior, compared with as many test images


@dataclass(frozen=True)
class Measured:
    """The measurements of a model.

    Attributes:
        figures: name → [value, standard error over images], or a list for each dimension.
        z_mean, z_log_var: of the distribution of codes, `(n, latent_dim)`.
        pictures: decoded from the means, uint8 `(n, h, w, c)`.
        draws: decoded from samples of N(0, I), uint8 `(2000, h, w, c)`.
    """

    figures: dict[str, list[float]]
    z_mean: np.ndarray
    z_log_var: np.ndarray
    pictures: np.ndarray
    draws: np.ndarray


def measure(vae: VAE, images: np.ndarray, features: FeatureExtractor, posterior: Callable | None) -> Measured:
    """Measure a model.

    Args:
        images: uint8 `(n, h, w, c)`.
        posterior: function of the encoder's outputs that returns mean and log-variance of the codes; None if these are
            the outputs.
    """
    rng = np.random.default_rng(0)
    encode = vae.compiled(lambda x: vae.encode(unit_range(x)), "encoder")
    z_mean, z_log_var = map_batches(encode, images)
    if posterior:
        z_mean, z_log_var = posterior(z_mean, z_log_var)
    noise = rng.standard_normal(z_mean.shape, np.float32)
    z = z_mean + np.exp(0.5 * z_log_var) * noise  # (n, latent_dim)
    log_prob = vae.compiled(lambda x, z: (vae.log_prob_x(unit_range(x), z),), "decoder", "likelihood")
    (reconstruction,) = map_batches(log_prob, images, z)
    picture = vae.compiled(
        lambda z: (ops.cast(ops.round(255.0 * vae.likelihood.mean(vae.decoder(z))), "uint8"),), "decoder", "likelihood"
    )
    (pictures,) = map_batches(picture, z_mean)
    (draws,) = map_batches(picture, rng.standard_normal((_DRAWS, z_mean.shape[1]), np.float32))
    mse = np.square(pictures / 255 - images / 255).mean(axis=(1, 2, 3))  # (n,)
    figures = {"reconstruction": _with_error(reconstruction), "mse": _with_error(mse)}
    overlap = compare(features(images[:_DRAWS]), features(draws))
    figures |= {"precision": _with_error(overlap.precision), "coverage": _with_error(overlap.coverage)}
    if vae.config.variational:
        kl = np.asarray(kl_divergence(z_mean, z_log_var))  # (n, latent_dim)
        figures |= {"kl": _with_error(kl.sum(axis=1)), "elbo": _with_error(reconstruction - kl.sum(axis=1))}
        figures["kl_per_dimension"] = np.round(kl.mean(axis=0).astype(np.float64), 4).tolist()
        figures["sigma"] = _with_error(np.exp(0.5 * z_log_var).mean(axis=1))
    figures["spread"] = np.round(z_mean.std(axis=0).astype(np.float64), 4).tolist()
    return Measured(figures, z_mean, z_log_var, pictures, draws)


def _with_error(values: np.ndarray) -> list[float]:
    values = values.astype(np.float64)
    return [round(float(values.mean()), 5), round(float(values.std(ddof=1) / len(values) ** 0.5), 5)]
