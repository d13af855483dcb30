"""Wrong training losses that tutorials contain, and the distribution of codes that each one really uses."""

from collections.abc import Callable
from math import prod

import keras
import numpy as np

from vae.kinds import OBJECTIVES, ObjectiveKind
from vae.models.elbo import kl_divergence, reparameterize
from vae.models.untyped_keras import ops
from vae.training.objective import Batch

__all__ = ["MISTAKES", "POSTERIORS", "register_mistakes"]

Posterior = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def _noise(batch: Batch):
    return keras.random.normal(ops.shape(batch.z_mean), seed=batch.noise)


def _error(batch: Batch, z):
    return -ops.mean(batch.vae.log_prob_x(batch.x, z, batch.labels, training=True))


def _kl(z_mean, z_log_var):
    return ops.mean(ops.sum(kl_divergence(z_mean, z_log_var), axis=-1))


def _pixels(batch: Batch) -> int:
    return prod(batch.vae.config.image_shape)


def mean_over_pixels(batch: Batch):
    """The reconstruction is averaged over pixels, the KL is summed over dimensions: β is 784."""
    error = _error(batch, reparameterize(batch.z_mean, batch.z_log_var, _noise(batch)))
    kl = _kl(batch.z_mean, batch.z_log_var)
    return error / _pixels(batch) + kl, error, kl


def kl_over_pixels(batch: Batch):
    """The KL is averaged over the pixels: β is 1/784."""
    error = _error(batch, reparameterize(batch.z_mean, batch.z_log_var, _noise(batch)))
    kl = _kl(batch.z_mean, batch.z_log_var)
    return error + kl / _pixels(batch), error, kl


def one_head(batch: Batch):
    """One layer computes mean and log-variance: both are the same numbers."""
    error = _error(batch, reparameterize(batch.z_mean, batch.z_mean, _noise(batch)))
    kl = _kl(batch.z_mean, batch.z_mean)
    return error + kl, error, kl


def variance_as_sigma(batch: Batch):
    """The noise is multiplied by the variance instead of the standard deviation."""
    error = _error(batch, batch.z_mean + ops.exp(batch.z_log_var) * _noise(batch))
    kl = _kl(batch.z_mean, batch.z_log_var)
    return error + kl, error, kl


def sigma_in_kl(batch: Batch):
    """The KL has the standard deviation in the place of the log-variance."""
    error = _error(batch, reparameterize(batch.z_mean, batch.z_log_var, _noise(batch)))
    kl = _kl(batch.z_mean, ops.exp(0.5 * batch.z_log_var))
    return error + kl, error, kl


def without_mean(batch: Batch):
    """The code is σ ε, without the mean."""
    error = _error(batch, ops.exp(0.5 * batch.z_log_var) * _noise(batch))
    kl = _kl(batch.z_mean, batch.z_log_var)
    return error + kl, error, kl


def mse_alone(batch: Batch):
    """The loss is the mean squared error alone, as in `fit(x, x)` with the loss "mse"."""
    z = reparameterize(batch.z_mean, batch.z_log_var, _noise(batch))
    pictures = batch.vae.likelihood.mean(batch.vae.decoder(z))
    error = ops.mean(ops.square(batch.x - pictures))
    return error, error, _kl(batch.z_mean, batch.z_log_var)


MISTAKES = {
    "mean-over-pixels": mean_over_pixels,
    "kl-over-pixels": kl_over_pixels,
    "one-head": one_head,
    "variance-as-sigma": variance_as_sigma,
    "sigma-in-kl": sigma_in_kl,
    "without-mean": without_mean,
    "mse-alone": mse_alone,
}

# Mean and log-variance of the distribution that the codes are really drawn from, from what the encoder puts out.
POSTERIORS: dict[str, Posterior] = {
    "one-head": lambda mean, log_var: (mean, mean),
    "variance-as-sigma": lambda mean, log_var: (mean, 2 * log_var),
    "without-mean": lambda mean, log_var: (np.zeros_like(mean), log_var),
}


def register_mistakes() -> None:
    """Make each mistake selectable as `TrainConfig.objective`."""
    for key, loss in MISTAKES.items():
        meaning = (loss.__doc__ or "").strip()
        OBJECTIVES.register(ObjectiveKind(key=key, title=key, formula="", meaning=meaning, loss=loss))
