"""A model that ONNX Runtime and NumPy compute: the server loads no deep-learning framework."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vae.array_ops import ops
from vae.errors import BadRequestError
from vae.formats.onnx.write import onnx_bytes
from vae.inference.network_host import NetworkSession, foreign_part, open_networks
from vae.kinds import LIKELIHOODS, PRIORS
from vae.message import message
from vae.models.formulas import ModelFormulas
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.likelihoods import UnitPictures
from vae.models.model_config import ModelConfig
from vae.models.networks.graph import Graph
from vae.models.networks.plan import part_weights
from vae.models.onnx_session import OnnxSession, run_part

__all__ = ["OnnxModel", "graph_session"]


class OnnxModel(ModelFormulas):
    """The model of a bundle. Its networks run on ONNX Runtime; its likelihood and prior are NumPy functions.

    It has no gradients: paths that follow them, and repairs, need `Bundle.vae`. Networks of imported ONNX files run
    where `vae.inference.network_host` says.

    Args:
        config, weights, onnx: see `vae.models.loading.make_model`. The weights are copied into the sessions.

    Raises:
        BadRequestError: a layer or an activation has no ONNX form.
        BundleError: ONNX Runtime cannot open a network.

    Attributes:
        runtime: "ONNX Runtime".
        device: "CPU" or "GPU".
    """

    runtime = "ONNX Runtime"

    def __init__(
        self, config: ModelConfig | ImportedConfig, weights: Mapping[str, np.ndarray], onnx: Mapping[str, bytes]
    ):
        self.config = config
        foreign = config.onnx_parts if isinstance(config, ImportedConfig) else {}
        self._foreign = open_networks({name: foreign_part(onnx[name], part, name) for name, part in foreign.items()})
        self._sessions: dict[str, NetworkSession] = {}
        self.decoder = self._network(weights, "decoder")
        self.encoder = self._network(weights, "encoder") if config.encodes else _no_encoder
        kind = PRIORS[config.prior]
        self.prior = kind.plain(config, [_dense_layers(part.graph, weights) for part in kind.parts(config)])
        self.likelihood = UnitPictures() if config.gives_pictures else LIKELIHOODS[config.likelihood].plain()
        if self.likelihood.width_name:
            self.likelihood.log_width = weights[f"likelihood/{self.likelihood.width_name}"]
        self.device = self._sessions["decoder"].device

    def compiled(self, function: Callable, *parts: str) -> Callable:
        """Return the function: ONNX Runtime has compiled the networks already."""
        return function

    def _network(self, weights: Mapping[str, np.ndarray], name: str) -> Callable[..., Any]:
        """Open one network; return a function of float32 `(n, …)` that returns one array, or a list of two."""
        part = self.config.networks[name]
        if isinstance(part, OnnxPart):
            session = self._foreign[name]
            run: Callable[[np.ndarray], Sequence[np.ndarray]] = lambda x: run_part(session, part, x)  # noqa: E731
        else:
            run = session = graph_session(part, part_weights(self.config, name, dict(weights)), name)
        self._sessions[name] = session

        def call(x: np.ndarray, training: bool = False) -> Any:
            outputs = list(run(np.ascontiguousarray(x, np.float32)))
            return outputs if len(outputs) > 1 else outputs[0]

        return call


def graph_session(graph: Graph, weights: dict[str, np.ndarray], name: str) -> OnnxSession:
    """Open a network whose layers are known.

    Args:
        weights: float32, by the names of `graph.weight_shapes`.
        name: for error messages.

    Raises:
        BadRequestError: a layer or an activation has no ONNX form.
        BundleError: ONNX Runtime cannot open it.
    """
    shapes = graph.shapes()
    given = {f"output_{i}": shapes[output] for i, output in enumerate(graph.outputs)}
    return OnnxSession(onnx_bytes(graph, weights, name, "input", tuple(given)), name, "input", given)


def _no_encoder(x: np.ndarray, training: bool = False) -> np.ndarray:
    raise BadRequestError("This model has no encoder, so it cannot encode pictures.", "Import its encoder too.")


def _dense_layers(graph: Graph, weights: Mapping[str, np.ndarray]) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return the dense layers of a prior's network as functions, by name."""
    return {layer.name: _dense(layer, weights) for layer in graph.layers}


def _dense(layer: Any, weights: Mapping[str, np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    if layer.kind != "Dense" or layer.activation not in ("linear", "relu"):
        raise BadRequestError(
            message("The prior's layer {kind} ({name}) runs on Keras alone.", kind=layer.kind, name=layer.name),
            "Use TensorFlow.",
        )
    kernel, bias = (weights[f"prior/{layer.name}/{name}"] for name in ("kernel", "bias"))
    if layer.activation == "relu":
        return lambda x: ops.relu(x @ kernel + bias)
    return lambda x: x @ kernel + bias
