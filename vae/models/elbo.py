"""The evidence lower bound (ELBO), written once, for training, evaluation and the pages.

    log p(x) ≥ ELBO(x) = E_q(z|x)[log p(x | z)] − KL(q(z | x) ‖ p(z))          (Kingma & Welling 2014, eq. 3)

with q(z | x) = N(z_mean, diag exp z_log_var). All values are nats per image in float32: half-precision sums over
hundreds of pixels lose their small terms.
"""

import math
from typing import Any

from vae.array_ops import ops

__all__ = ["importance_log_weights", "kl_divergence", "log_mean_exp", "log_normal", "reparameterize"]


def reparameterize(z_mean, z_log_var, noise):
    """Draw from q(z | x), differentiable in mean and log-variance (Kingma & Welling 2014, section 2.4).

    Args:
        z_mean, z_log_var: `(n, latent_dim)`.
        noise: standard normal, broadcastable to them.
    """
    return z_mean + ops.exp(0.5 * z_log_var) * noise


def kl_divergence(z_mean, z_log_var):
    """Return KL(N(z_mean, exp z_log_var) ‖ N(0, 1)) per dimension, `(n, latent_dim)` nats.

    Kingma & Welling 2014, appendix B.
    """
    return 0.5 * (ops.exp(z_log_var) + ops.square(z_mean) - 1.0 - z_log_var)


def log_normal(z, mean: Any = 0.0, log_var: Any = 0.0):
    """Return log N(z; mean, exp log_var), summed over the last axis, in nats."""
    terms = ops.square(z - mean) / ops.exp(log_var) + log_var + math.log(2 * math.pi)
    return -0.5 * ops.sum(terms + ops.zeros_like(z), axis=-1)


def importance_log_weights(log_likelihood, log_prior, z, z_mean, z_log_var):
    """Return log p(x, z) − log q(z | x), `(…,)` nats. Their log-mean-exp is the IWAE bound (Burda et al. 2016, eq. 8).

    Args:
        log_likelihood: log p(x | z), `(…,)`.
        log_prior: log p(z), `(…,)`.
        z: draws from q(z | x), `(…, latent_dim)`.
        z_mean, z_log_var: parameters of q(z | x), broadcastable to `z`.
    """
    return log_likelihood + log_prior - log_normal(z, z_mean, z_log_var)


def log_mean_exp(log_weights):
    """Return the log of the mean of exp(log_weights) over the last axis, without overflow."""
    return ops.logsumexp(log_weights, axis=-1) - math.log(log_weights.shape[-1])
