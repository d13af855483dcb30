"""The variational autoencoder (Kingma & Welling 2014; Rezende et al. 2014), built from Keras layers."""

from collections.abc import Iterable, Mapping

import keras
import numpy as np

from vae.kinds import LIKELIHOODS, PRIORS
from vae.models.config import ModelConfig
from vae.models.elbo import kl_divergence, log_normal
from vae.models.imported_config import ImportedConfig
from vae.models.networks.build_graph import build_graph, graph_variables
from vae.models.networks.network import parts_of
from vae.models.networks.part_network import PartNetwork
from vae.models.untyped_keras import ops

__all__ = ["POINT_LOG_VAR", "VAE", "unit_range"]

# The codes of a plain autoencoder are points. This log-variance is reported for them (σ = 5e-5).
POINT_LOG_VAR = -20.0


def unit_range(x):
    """Return pixels as float32 in [0, 1]: uint8 values are divided by 255, floats stay unchanged."""
    if keras.backend.standardize_dtype(x.dtype) == "uint8":
        return ops.cast(x, "float32") / 255.0
    return ops.cast(x, "float32")


class VAE:
    """Encoder q(z | x), decoder and likelihood p(x | z), and prior p(z). `vae.training` trains them.

    Methods take and return tensors; `vae.inference.codec.Codec` does the same with NumPy arrays. A conditional model's
    decoder takes z followed by class weights that sum to 1. Its encoder takes the image only, so images without a label
    can be encoded.

    Args:
        config: the architecture.
        seed: seed of the initial weights.
        dropout: share of the encoder's dense features that are dropped during training.

    Attributes:
        encoder, decoder: Keras models, or of an imported model what takes their place.
        likelihood, prior: Keras layers; see `vae.kinds` for their methods.
    """

    config: ModelConfig | ImportedConfig
    encoder: PartNetwork
    decoder: PartNetwork

    def __init__(self, config: ModelConfig, seed: int = 0, dropout: float = 0.0):
        self.config = config
        # Seeds far apart, so that no two layers share one.
        encoder, decoder = parts_of(config)["encoder"], parts_of(config)["decoder"]
        self.encoder = build_graph(encoder.graph, "encoder", encoder.starts, 1000 * seed + 1, dropout)
        self.decoder = build_graph(decoder.graph, "decoder", decoder.starts, 1000 * seed + 501)
        self.prior = PRIORS[config.prior].make(config, seed=1000 * seed + 701)
        self.likelihood = LIKELIHOODS[config.likelihood].make()

    @property
    def parts(self) -> dict[str, PartNetwork | keras.layers.Layer]:
        """Encoder, decoder, prior and likelihood, by name."""
        return {
            "encoder": self.encoder,
            "decoder": self.decoder,
            "prior": self.prior,
            "likelihood": self.likelihood,
        }

    @property
    def variables(self) -> list[keras.Variable]:
        """All state, including that of the dropout's random generators."""
        return [variable for part in self.parts.values() for variable in part.variables]

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The trainable weights, in the order of the optimizer's state in checkpoints."""
        trainable = {id(variable) for part in self.parts.values() for variable in part.trainable_variables}
        named = self.named_weights()
        return [named[name] for name in _in_checkpoints(named) if id(named[name]) in trainable]

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

    def set_output_bias(self, mean_pixel: float) -> None:
        """Set the decoder's output bias to the data's mean grey level, so that training need not learn it first.

        Changes nothing if the layer that computes the logits has no bias.
        """
        layers = {layer.name: layer for layer in self.config.graphs["decoder"].layers}
        last = layers[self.config.graphs["decoder"].outputs[0]]
        while last.kind in ("Reshape", "Flatten", "Permute") and last.inputs[0] in layers:
            last = layers[last.inputs[0]]
        bias = getattr(self.decoder.get_layer(last.keras_name), "bias", None)
        if bias is not None:
            bias.assign(ops.full(bias.shape, self.likelihood.bias_for(mean_pixel)))

    def named_weights(self) -> dict[str, keras.Variable]:
        """Return the weights of a bundle, by their names in `vae.models.networks.plan.weight_shapes`."""
        networks = {"encoder": self.encoder, "decoder": self.decoder}
        named = {
            f"{part}/{name}": weight
            for part, graph in self.config.graphs.items()
            for name, weight in graph_variables(graph, networks[part]).items()
        }
        parts = getattr(self.prior, "parts", ())
        named |= {f"prior/{layer.name}/{weight.name}": weight for layer in parts for weight in layer.weights}
        return named | {f"likelihood/{weight.name}": weight for weight in self.likelihood.weights}

    def assign(self, weights: Mapping[str, np.ndarray]) -> None:
        """Set every weight by name."""
        for name, variable in self.named_weights().items():
            variable.assign(weights[name])


def _in_checkpoints(names: Iterable[str]) -> list[str]:
    """Sort weights as checkpoints do: within a block, normalisations come before convolutions."""
    blocks: dict[str, int] = {}

    def place(name: str) -> tuple[int, bool]:
        block = "/".join(name.split("/")[:2])
        return blocks.setdefault(block, len(blocks)), name.removeprefix(f"{block}/").startswith("conv_")

    return sorted(names, key=place)
