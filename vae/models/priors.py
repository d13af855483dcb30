"""The priors p(z).

They compute with NumPy arrays and with tensors of Keras (`vae.array_ops`). Each has `log_prob(z)`, `(n, latent_dim)` →
`(n,)` nats, and `sample(noise)`, which turns standard normal noise into draws of z, both of shape `(n, latent_dim)`.
`vae.kinds.priors` says when to choose each.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from vae.array_ops import ops
from vae.models.elbo import log_normal
from vae.models.model_config import ModelConfig

__all__ = ["Prior", "RealNVP", "StandardNormal"]


class Prior(ABC):
    """Base of the priors.

    Args:
        config: of the model.
        networks: of each network of `PriorKind.networks`, its layers by name: functions of an array or tensor.
    """

    def __init__(self, config: ModelConfig, networks: Sequence[dict[str, Callable[[Any], Any]]] = ()):
        self.config = config
        self.networks = networks

    @abstractmethod
    def log_prob(self, z):
        """Return log p(z), `(n,)` nats."""

    @abstractmethod
    def sample(self, noise):
        """Turn standard normal noise into draws of z."""


class StandardNormal(Prior):
    """N(0, I); it has no settings and no weights."""

    def log_prob(self, z):
        return log_normal(z)

    def sample(self, noise):
        return noise


class RealNVP(Prior):
    """A flow of affine couplings from z to N(0, I) (Dinh et al. 2017, "Density estimation using Real NVP", eq. 7 to 9).

    Each coupling keeps half of the dimensions, and scales and shifts the others by functions of the kept ones. The kept
    half alternates between couplings: first half, second half, odd and even dimensions.
    """

    def __init__(self, config: ModelConfig, networks: Sequence[dict[str, Callable[[Any], Any]]] = ()):
        super().__init__(config, networks)
        dimensions = range(config.latent_dim)
        half = config.latent_dim // 2
        patterns = (
            [float(d < half) for d in dimensions],
            [float(d >= half) for d in dimensions],
            [float(d % 2) for d in dimensions],
            [float(1 - d % 2) for d in dimensions],
        )
        # Each coupling's kept dimensions and its four layers.
        self._couplings = [(patterns[index % 4], list(layers.values())) for index, layers in enumerate(networks)]

    def log_prob(self, z):
        """Return log N(u; 0, I) + Σ log |∂u/∂z|, by the change of variables."""
        log_det = 0.0
        for keep, layers in self._couplings:
            keep = ops.convert_to_tensor(keep, "float32")
            scale, shift = _terms(layers, z * keep, 1.0 - keep)
            z = z * ops.exp(scale) + shift
            log_det = log_det + ops.sum(scale, axis=-1)
        return log_normal(z) + log_det

    def sample(self, noise):
        """Run the flow backwards."""
        z = noise
        for keep, layers in reversed(self._couplings):
            keep = ops.convert_to_tensor(keep, "float32")
            scale, shift = _terms(layers, z * keep, 1.0 - keep)
            z = (z - shift) * ops.exp(-scale)
        return z


def _terms(layers, kept, changed):
    """Return log-scale and shift, `(n, latent_dim)` each, 0 for the kept dimensions."""
    hidden_0, hidden_1, scale, shift = layers
    hidden = hidden_1(hidden_0(kept))
    # Bounded, so that draws far from 0 do not overflow in `sample`.
    return ops.tanh(scale(hidden)) * changed, shift(hidden) * changed
