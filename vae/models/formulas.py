"""The formulas of a model, on NumPy arrays or on tensors of Keras: posterior, likelihood, prior and KL divergence."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from vae.array_ops import ops
from vae.kinds import PRIORS
from vae.models.elbo import kl_divergence, log_normal
from vae.models.imported_config import ImportedConfig
from vae.models.model_config import ModelConfig

__all__ = ["POINT_LOG_VAR", "ModelFormulas", "unit_range"]

# The codes of a plain autoencoder are points. This log-variance is reported for them (σ = 5e-5).
POINT_LOG_VAR = -20.0


def unit_range(x):
    """Return pixels as float32 in [0, 1]: uint8 values are divided by 255, floats stay unchanged."""
    pixels = ops.cast(x, "float32")
    return pixels / 255.0 if "uint8" in str(x.dtype) else pixels


class ModelFormulas(ABC):
    """What a model computes with its networks, likelihood and prior.

    Attributes:
        runtime: what computes the networks, such as "TensorFlow".
        device: "CPU", "GPU" or "TPU".
        encoder: x `(n, h, w, c)` in [0, 1] → a list of z_mean and z_log_var, `(n, latent_dim)` each, or z_mean alone.
        decoder: codes `(n, code_dim)` → logits of the likelihood, `(n, h, w, c)`.
        likelihood: see `vae.models.likelihoods`.
        prior: see `vae.models.priors`.
    """

    runtime: str
    device: str
    config: ModelConfig | ImportedConfig
    encoder: Any
    decoder: Any
    likelihood: Any
    prior: Any

    @abstractmethod
    def compiled(self, function: Callable, *parts: str) -> Callable:
        """Prepare a function of arrays that uses this model for repeated calls.

        Args:
            function: uses only `vae.array_ops` and this model's methods.
            parts: those that it uses, of "encoder", "decoder", "likelihood" and "prior"; by default all.
        """

    def encode(self, x, training=False):
        """Map x, float32 `(n, h, w, c)` in [0, 1], to the posterior's z_mean and z_log_var, `(n, latent_dim)` each."""
        heads = self.encoder(x, training=training)
        if self.config.variational:
            return tuple(heads)
        z_mean = heads[0] if isinstance(heads, list | tuple) else heads
        return z_mean, ops.full_like(z_mean, POINT_LOG_VAR)

    def code(self, z, labels=None):
        """Return the decoder's input: z, `(n, latent_dim)`, followed by the one-hot class in a conditional model."""
        if not self.config.classes:
            return z
        return ops.concatenate([z, ops.one_hot(labels, self.config.classes, dtype="float32")], axis=-1)

    def log_prob_x(self, x, z, labels=None, training=False):
        """Return log p(x | z), or log p(x | z, y), `(n,)` nats; x in [0, 1]."""
        return self.likelihood.log_prob(x, self.decoder(self.code(z, labels)), training=training)

    def log_prior(self, z):
        """Return log p(z), `(n,)` nats."""
        return self.prior.log_prob(z)

    def sample_prior(self, noise):
        """Turn standard normal noise into draws of z, `(n, latent_dim)` each."""
        return self.prior.sample(noise)

    def kl(self, z, z_mean, z_log_var):
        """Return KL(q(z | x) ‖ p(z)) per image, `(n,)` nats: exact for N(0, I), else estimated with the draw z.

        0 for a plain autoencoder.
        """
        if not self.config.variational:
            return ops.zeros_like(z_mean[:, 0])
        if PRIORS[self.config.prior].is_standard:
            return ops.sum(kl_divergence(z_mean, z_log_var), axis=-1)
        return log_normal(z, z_mean, z_log_var) - self.log_prior(z)
