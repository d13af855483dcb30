"""An imported model behind the interface of our own."""

import keras
import numpy as np
from keras import ops

from vae.errors import BadRequestError
from vae.models.imported_config import ImportedConfig
from vae.models.networks.build_graph import build_graph
from vae.models.networks.dilated_transpose import undilated
from vae.models.priors import StandardNormal
from vae.models.vae import POINT_LOG_VAR, VAE

__all__ = ["ImportedVAE", "UnitPictures"]

_PIXELS = (-3, -2, -1)
_LEAST = 1e-6  # of a probability: a pixel that is certainly black still costs a finite number of nats


class UnitPictures(keras.layers.Layer):
    """p(x | z) of a decoder whose outputs are the pictures themselves, in [0, 1], read as Bernoulli means.

    What it was trained with, nobody says: bounds measured with it compare with each other alone.
    """

    def log_prob(self, x, pictures, training=False):
        """`(n, h, w, c)` each, in [0, 1] → `(n,)` nats."""
        p = ops.clip(pictures, _LEAST, 1.0 - _LEAST)
        return ops.sum(x * ops.log(p) + (1.0 - x) * ops.log(1.0 - p), axis=_PIXELS)

    def mean(self, pictures):
        return ops.clip(pictures, 0.0, 1.0)


class ImportedVAE(VAE):
    """The networks of an imported model; see `vae.models.imported_config` for what they take and give.

    Args:
        config: what they are.
        weights: of those whose layers are known.
        onnx: files of the others, by part.

    Raises:
        BundleError: onnxruntime cannot open one.
    """

    def __init__(self, config: ImportedConfig, weights: dict[str, np.ndarray], onnx: dict[str, bytes]):
        self.config = config
        parts = {}
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
            BadRequestError: it is a decoder alone.
        """
        heads = self.encoder(x, training=training)
        if self.config.variational:
            return tuple(heads)
        return heads, ops.full_like(heads, POINT_LOG_VAR)


class _NoEncoder:
    """What a decoder alone has in the encoder's place."""

    name = "encoder"
    variables: tuple[()] = ()
    trainable_variables: tuple[()] = ()
    layers: tuple[()] = ()

    def __call__(self, x, training=False):
        raise BadRequestError("This model is a decoder alone: it cannot encode pictures.", "Import its encoder, too.")
