"""The evidence lower bound, written once: training, evaluation and the pages all read it from here.

    log p(x) ≥ ELBO(x) = E_q(z|x)[log p(x | z)] − KL(q(z | x) ‖ p(z))          (Kingma & Welling 2014, eq. 3)

with q(z | x) = N(z_mean, diag exp z_log_var). All in nats per image, float32: half-precision sums over hundreds of
pixels stick at their largest power of two.
"""

import math

from keras import ops

__all__ = ["importance_log_weights", "kl_divergence", "log_mean_exp", "log_normal", "reparameterize"]


def reparameterize(z_mean, z_log_var, noise):
    """A draw from q(z | x), differentiable in the mean and log-variance (Kingma & Welling 2014, section 2.4).

    Args:
        z_mean, z_log_var: `(n, latent_dim)`.
        noise: standard normal, broadcastable to them.
    """
    return z_mean + ops.exp(0.5 * z_log_var) * noise


def kl_divergence(z_mean, z_log_var):
    """KL(N(z_mean, exp z_log_var) ‖ N(0, 1)) per dimension, `(n, latent_dim)` nats (Kingma & Welling 2014, app. B)."""
    return 0.5 * (ops.exp(z_log_var) + ops.square(z_mean) - 1.0 - z_log_var)


def log_normal(z, mean=0.0, log_var=0.0):
    """log N(z; mean, exp log_var) summed over the last axis, nats."""
    terms = ops.square(z - mean) / ops.exp(log_var) + log_var + math.log(2 * math.pi)
    return -0.5 * ops.sum(terms + ops.zeros_like(z), axis=-1)


def importance_log_weights(log_likelihood, log_prior, z, z_mean, z_log_var):
    """log p(x, z) − log q(z | x), `(…,)` nats; their log-mean-exp is the IWAE bound (Burda et al. 2016, eq. 8).

    Args:
        log_likelihood: log p(x | z), `(…,)`.
        log_prior: log p(z), `(…,)`.
        z: draws from q(z | x), `(…, latent_dim)`; the posterior's parameters broadcast to it.
    """
    return log_likelihood + log_prior - log_normal(z, z_mean, z_log_var)


def log_mean_exp(log_weights):
    """log of the mean over the last axis, without overflow."""
    return ops.logsumexp(log_weights, axis=-1) - math.log(log_weights.shape[-1])
