"""An imported model with the interface of `VAE`."""

import keras
import numpy as np

from vae.errors import BadRequestError
from vae.models.imported_config import ImportedConfig
from vae.models.networks.build_graph import build_graph
from vae.models.networks.dilated_transpose import undilated
from vae.models.networks.part_network import OpaqueNetwork, PartNetwork
from vae.models.priors import StandardNormal
from vae.models.untyped_keras import ops
from vae.models.vae import POINT_LOG_VAR, VAE

__all__ = ["ImportedVAE", "UnitPictures"]

_PIXELS = (-3, -2, -1)
_LEAST = 1e-6  # smallest probability, so that every pixel has a finite log-probability


class UnitPictures(keras.layers.Layer):
    """p(x | z) of a decoder that outputs pictures in [0, 1], which are taken as Bernoulli means.

    The likelihood that the decoder was trained with is unknown, so its bounds can only be compared with each other.
    """

    def log_prob(self, x, pictures, training=False):
        """`(n, h, w, c)` each, in [0, 1] → `(n,)` nats."""
        p = ops.clip(pictures, _LEAST, 1.0 - _LEAST)
        return ops.sum(x * ops.log(p) + (1.0 - x) * ops.log(1.0 - p), axis=_PIXELS)

    def mean(self, pictures):
        return ops.clip(pictures, 0.0, 1.0)


class ImportedVAE(VAE):
    """The networks of an imported model; `vae.models.imported_config` describes their inputs and outputs.

    Args:
        config: the networks as data.
        weights: weights of the networks that are graphs, by name.
        onnx: the ONNX files of the other networks, by network ("encoder" or "decoder").

    Raises:
        BundleError: onnxruntime cannot open a file.
    """

    def __init__(self, config: ImportedConfig, weights: dict[str, np.ndarray], onnx: dict[str, bytes]):
        self.config = config
        parts: dict[str, PartNetwork] = {}
        for name, graph in config.graphs.items():
            graph, weights = undilated(graph, weights, f"{name}/")
            parts[name] = build_graph(graph, name)
        for name, part in config.onnx_parts.items():
            from vae.models.onnx_network import OnnxNetwork

            parts[name] = OnnxNetwork(onnx[name], part, name)
        self.encoder, self.decoder = parts.get("encoder", _NoEncoder()), parts["decoder"]
        self.prior, self.likelihood = StandardNormal(), UnitPictures(name="likelihood")
        self.assign(weights)

    def encode(self, x, training=False):
        """See `VAE.encode`.

        Raises:
            BadRequestError: the model has no encoder.
        """
        heads = self.encoder(x, training=training)
        if self.config.variational:
            return tuple(heads)
        return heads, ops.full_like(heads, POINT_LOG_VAR)


class _NoEncoder(OpaqueNetwork):
    """Placeholder for the encoder of a model that has none. Raises an error when called."""

    def __call__(self, x, training=False):
        raise BadRequestError("This model has no encoder, so it cannot encode pictures.", "Import its encoder too.")
