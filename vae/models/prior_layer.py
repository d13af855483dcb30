"""A prior as a Keras layer, which has the weights of its networks."""

from typing import TYPE_CHECKING

import keras

from vae.models.model_config import ModelConfig
from vae.models.networks.build_graph import build_layer

if TYPE_CHECKING:
    from vae.kinds.priors import PriorKind

__all__ = ["PriorLayer"]


class PriorLayer(keras.layers.Layer):
    """Builds the networks of a prior and computes with them; see `vae.models.priors` for the methods.

    Attributes:
        parts: the layers of all its networks.
    """

    def __init__(self, kind: "PriorKind", config: ModelConfig, seed: int = 0):
        super().__init__(name="prior")
        self.parts: list[keras.layers.Layer] = []
        networks = []
        for part in kind.parts(config):
            shapes, first, network = part.graph.shapes(), seed + len(self.parts), {}
            for layer in part.graph.layers:
                built = network[layer.name] = build_layer(layer, part.starts, first)
                built.build((None, *shapes[layer.inputs[0]]))
                self.parts.append(built)
            networks.append(network)
        self._prior = kind.plain(config, networks)

    def log_prob(self, z):
        return self._prior.log_prob(z)

    def sample(self, noise):
        return self._prior.sample(noise)
