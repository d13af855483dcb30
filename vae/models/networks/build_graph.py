"""Builds Keras models from graphs."""

from collections.abc import Mapping

import keras
import numpy as np

from vae.models.networks.graph import Graph
from vae.models.networks.layer import Layer
from vae.models.networks.part_network import PartNetwork
from vae.models.networks.stack import Start
from vae.models.untyped_keras import ops

__all__ = ["build_graph", "build_layer", "graph_variables", "graph_weights"]

_OPERATIONS = {"Clip": ops.clip, "Log": ops.log}
_SCHEMES = {"he": keras.initializers.HeNormal, "glorot": keras.initializers.GlorotUniform}
# The initialisers of each layer's kernels. The weights of other layers start at constants.
_INITIALIZERS = {
    "Dense": ("kernel_initializer",),
    "Conv2D": ("kernel_initializer",),
    "Conv2DTranspose": ("kernel_initializer",),
    "DepthwiseConv2D": ("depthwise_initializer",),
    "SeparableConv2D": ("depthwise_initializer", "pointwise_initializer"),
}


def build_graph(
    graph: Graph, name: str, starts: Mapping[str, Start] | None = None, seed: int = 0, dropout: float = 0.0
) -> keras.Model:
    """Build the functional model of a graph. It takes a tensor, float32 `(n, *input_shape)`, and returns one or a list.

    Args:
        starts: initial weights by layer, for a network to be trained. With None, the whole network computes in float32,
            and its weights are assigned afterwards.
        seed: seed of the weights; the seed of each start is added to it.
        dropout: share of each dense layer's inputs that are dropped during training. Images are never dropped.
    """
    tensors = {"input": keras.Input(graph.input_shape, name="input")}
    dropped: dict[str, keras.KerasTensor] = {}
    raw = _raw(graph)
    for layer in graph.layers:
        inputs = [tensors[source] for source in layer.inputs]
        if layer.kind in _OPERATIONS:
            tensors[layer.name] = made = _OPERATIONS[layer.kind](*inputs, **layer.settings)
            made._keras_history.operation.name = layer.keras_name  # the name that Keras chooses may be a layer's
            continue
        if dropout and layer.kind == "Dense" and layer.inputs[0] not in raw:
            source, place = layer.inputs[0], starts[layer.name].seed if starts else 0
            if source not in dropped:  # both heads take the same features
                head = layer.name in graph.outputs
                settings = {"seed": seed + 200 + (0 if head else place)}
                label = "dropout" if head else f"dropout_{place}"
                dropped[source] = keras.layers.Dropout(dropout, **settings, name=label)(inputs[0])
            inputs = [dropped[source]]
        made = build_layer(layer, starts, seed)
        tensors[layer.name] = made(inputs if len(inputs) > 1 else inputs[0])
    outputs = [tensors[output] for output in graph.outputs]
    return keras.Model(tensors["input"], outputs if len(outputs) > 1 else outputs[0], name=name)


def build_layer(layer: Layer, starts: Mapping[str, Start] | None = None, seed: int = 0) -> keras.layers.Layer:
    """Build one layer of a graph; see `build_graph`."""
    made = getattr(keras.layers, layer.kind)
    common = {"name": layer.keras_name, **layer.settings}
    if starts is None:
        return made(dtype="float32", **common)
    if layer.kind == "Reshape":  # the dense decoder's comes after its float32 logits
        return made(autocast=False, **common)
    start = starts.get(layer.name)
    if start is None:
        return made(**common)
    for setting in _INITIALIZERS.get(layer.kind, ()):
        common[setting] = "zeros" if start.kernel == "zeros" else _SCHEMES[start.kernel](seed=seed + start.seed)
    # float32 even under a mixed-precision policy: outputs of heads and logits are summed and exponentiated.
    return made(dtype="float32" if start.exact else None, **common)


def graph_variables(graph: Graph, model: PartNetwork) -> dict[str, keras.Variable]:
    """Return the weights of a model built from a graph, by their names in `Graph.weight_shapes`."""
    return {
        f"{layer.name}/{weight.name}": weight
        for layer in graph.layers
        if layer.kind not in _OPERATIONS
        for weight in model.get_layer(layer.keras_name).weights
    }


def graph_weights(graph: Graph, model: PartNetwork) -> dict[str, np.ndarray]:
    """Return `graph_variables` as arrays."""
    return {name: ops.convert_to_numpy(variable.value) for name, variable in graph_variables(graph, model).items()}


def _raw(graph: Graph) -> set[str]:
    """Return the names of the input and of layers that only flatten it."""
    raw = {"input"}
    for layer in graph.layers:
        if layer.kind == "Flatten" and layer.inputs[0] in raw:
            raw.add(layer.name)
    return raw
