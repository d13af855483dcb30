"""Keras models from a graph."""

import keras
import numpy as np

from vae.models.networks.graph import Graph

__all__ = ["build_graph", "graph_weights"]

_OPERATIONS = {"Clip": keras.ops.clip, "Log": keras.ops.log}


def build_graph(graph: Graph, name: str) -> keras.Model:
    """The functional model of a graph: one tensor in, float32 `(n, *input_shape)`; one out, or a list of them."""
    tensors = {"input": keras.Input(graph.input_shape, name="input")}
    for layer in graph.layers:
        inputs = [tensors[source] for source in layer.inputs]
        if layer.kind in _OPERATIONS:
            tensors[layer.name] = made = _OPERATIONS[layer.kind](*inputs, **layer.settings)
            made._keras_history.operation.name = layer.name  # Keras' own choice may be a layer's
            continue
        made = getattr(keras.layers, layer.kind)(name=layer.name, dtype="float32", **layer.settings)
        tensors[layer.name] = made(inputs if len(inputs) > 1 else inputs[0])
    outputs = [tensors[output] for output in graph.outputs]
    return keras.Model(tensors["input"], outputs if len(outputs) > 1 else outputs[0], name=name)


def graph_weights(model: keras.Model) -> dict[str, np.ndarray]:
    """Its weights by the names that `Graph.weight_shapes` gives them."""
    return {
        f"{layer.name}/{weight.name}": keras.ops.convert_to_numpy(weight.value)
        for layer in model.layers
        for weight in layer.weights
    }
