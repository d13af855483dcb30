"""The variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014) as Keras 3 parts, for every backend."""

import keras
import numpy as np
from keras import ops

from vae.kinds import LIKELIHOODS, PRIORS
from vae.models.config import ModelConfig
from vae.models.elbo import kl_divergence, log_normal
from vae.models.networks.build import build_decoder, build_encoder

__all__ = ["POINT_LOG_VAR", "VAE", "unit_range"]

# A plain autoencoder's codes are points: this log-variance is reported for them (σ = 5e-5).
POINT_LOG_VAR = -20.0


def unit_range(x):
    """Pixels as float32 in [0, 1]; uint8 is divided by 255, floats pass as they are."""
    if keras.backend.standardize_dtype(x.dtype) == "uint8":
        return ops.cast(x, "float32") / 255.0
    return ops.cast(x, "float32")


class VAE:
    """Encoder q(z | x), decoder and likelihood p(x | z), prior p(z); how they are trained is `vae.training`'s.

    Tensors in and out; `vae.inference.codec.Codec` is the NumPy side. A conditional model's decoder takes codes: z
    followed by
    class weights that sum to 1. Its encoder sees the image alone, so that images without a label can be encoded.

    Args:
        config: the architecture.
        seed: of the initial weights.
        dropout: share of the encoder's dense features left out while training.

    Attributes:
        encoder, decoder, likelihood, prior: Keras models and layers.
    """

    def __init__(self, config: ModelConfig, seed: int = 0, dropout: float = 0.0):
        self.config = config
        # Streams of one seed, far apart, so that no two layers ever share one.
        self.encoder = build_encoder(config, seed=1000 * seed + 1, dropout=dropout)
        self.decoder = build_decoder(config, seed=1000 * seed + 501)
        self.prior = PRIORS[config.prior].make(config, seed=1000 * seed + 701)
        self.likelihood = LIKELIHOODS[config.likelihood].make()

    @property
    def parts(self) -> dict[str, keras.layers.Layer]:
        """The four by name."""
        return {
            "encoder": self.encoder,
            "decoder": self.decoder,
            "prior": self.prior,
            "likelihood": self.likelihood,
        }

    @property
    def variables(self) -> list[keras.Variable]:
        """All state, that of the dropout's generators included."""
        return [variable for part in self.parts.values() for variable in part.variables]

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        return [variable for part in self.parts.values() for variable in part.trainable_variables]

    def encode(self, x, training=False):
        """x, float32 `(n, h, w, c)` in [0, 1] → the posterior's z_mean and z_log_var, `(n, latent_dim)` each."""
        heads = self.encoder(x, training=training)
        if self.config.variational:
            return tuple(heads)
        z_mean = heads[0] if isinstance(heads, list | tuple) else heads
        return z_mean, ops.full_like(z_mean, POINT_LOG_VAR)

    def code(self, z, labels=None):
        """z, `(n, latent_dim)`, with the one-hot class behind it where the model is conditional."""
        if not self.config.classes:
            return z
        return ops.concatenate([z, ops.one_hot(labels, self.config.classes, dtype="float32")], axis=-1)

    def log_prob_x(self, x, z, labels=None, training=False):
        """log p(x | z), or log p(x | z, y), `(n,)` nats; x in [0, 1]."""
        return self.likelihood.log_prob(x, self.decoder(self.code(z, labels)), training=training)

    def log_prior(self, z):
        """log p(z), `(n,)` nats."""
        return self.prior.log_prob(z)

    def sample_prior(self, noise):
        """Draws of z from standard normal noise, `(n, latent_dim)` each."""
        return self.prior.sample(noise)

    def kl(self, z, z_mean, z_log_var):
        """KL(q(z | x) ‖ p(z)) per image, `(n,)` nats: exact for N(0, I), else the estimate that the draw z gives.

        0 for a plain autoencoder.
        """
        if not self.config.variational:
            return ops.zeros_like(z_mean[:, 0])
        if PRIORS[self.config.prior].is_standard:
            return ops.sum(kl_divergence(z_mean, z_log_var), axis=-1)
        return log_normal(z, z_mean, z_log_var) - self.log_prior(z)

    def set_output_bias(self, mean_pixel: float) -> None:
        """Start the decoder at the data's mean grey level, so that training need not first learn to be dark."""
        bias = self.decoder.get_layer("logits").bias
        bias.assign(ops.full(bias.shape, self.likelihood.bias_for(mean_pixel)))

    def named_weights(self) -> dict[str, keras.Variable]:
        """The weights a bundle holds, by the names `vae.models.networks.plan.weight_shapes` gives them."""
        named = {
            f"{part.name}/{layer.name}/{name}": weight
            for part, layers in (
                (self.encoder, self.encoder.layers),
                (self.decoder, self.decoder.layers),
                (self.prior, getattr(self.prior, "parts", ())),
            )
            for layer in layers
            for name, weight in _layer_weights(layer)
        }
        return named | {f"likelihood/{weight.name}": weight for weight in self.likelihood.weights}

    def assign(self, weights: dict[str, np.ndarray]) -> None:
        """Set every weight by name."""
        for name, variable in self.named_weights().items():
            variable.assign(weights[name])


def _layer_weights(layer: keras.layers.Layer) -> list[tuple[str, keras.Variable]]:
    parts = getattr(layer, "parts", None)  # of a residual block
    if parts is None:
        return [(weight.name, weight) for weight in layer.weights]
    return [(f"{part.name}/{weight.name}", weight) for part in parts for weight in part.weights]
