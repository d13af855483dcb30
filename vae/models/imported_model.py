"""An imported model with the interface of `VAE`."""

import numpy as np

from vae.errors import BadRequestError
from vae.kinds import PRIORS
from vae.models.imported_config import ImportedConfig
from vae.models.likelihood_layer import LikelihoodLayer
from vae.models.likelihoods import UnitPictures
from vae.models.networks.build_graph import build_graph
from vae.models.networks.dilated_transpose import undilated
from vae.models.networks.part_network import OpaqueNetwork, PartNetwork
from vae.models.vae import VAE

__all__ = ["ImportedVAE"]


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
        if foreign := config.onnx_parts:
            from vae.inference.network_host import foreign_part, open_networks
            from vae.models.onnx_network import OnnxNetwork

            opened = open_networks({name: foreign_part(onnx[name], part, name) for name, part in foreign.items()})
            parts |= {name: OnnxNetwork(opened[name], part) for name, part in foreign.items()}
        self.encoder, self.decoder = parts.get("encoder", _NoEncoder()), parts["decoder"]
        self.prior, self.likelihood = PRIORS["normal"].make(config), LikelihoodLayer(UnitPictures())
        self.assign(weights)


class _NoEncoder(OpaqueNetwork):
    """Placeholder for the encoder of a model that has none. Raises an error when called."""

    def __call__(self, x, training=False):
        raise BadRequestError("This model has no encoder, so it cannot encode pictures.", "Import its encoder too.")
