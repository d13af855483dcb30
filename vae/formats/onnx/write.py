"""Writes a graph and its weights as an ONNX file; no framework is loaded."""

import numpy as np

from vae.formats.onnx.layers import write_layer
from vae.formats.onnx.means import write_mean
from vae.formats.onnx.nodes import OnnxGraph, Value
from vae.models.networks.dilated_transpose import undilated
from vae.models.networks.graph import Graph

__all__ = ["onnx_bytes"]


def onnx_bytes(
    graph: Graph, weights: dict[str, np.ndarray], name: str, taken: str, given: tuple[str, ...], mean: str = ""
) -> bytes:
    """Return a graph as an ONNX file with a free batch axis.

    Args:
        weights: float32, by the names of `graph.weight_shapes`.
        name: of the network in the file.
        taken: name of the input in the file.
        given: names of the outputs in the file.
        mean: a key of `vae.formats.onnx.means.MEANS`, added after the only output; "" adds nothing.

    Raises:
        BadRequestError: a layer, an activation or a mean is not supported.
    """
    graph, weights = undilated(graph, weights)
    shapes, file = graph.shapes(), OnnxGraph()
    values = {"input": Value(taken, graph.input_shape)}
    for layer in graph.layers:
        own = {key: weights[f"{layer.name}/{key}"] for key in layer.weight_shapes([shapes[s] for s in layer.inputs])}
        inputs = [values[source] for source in layer.inputs]
        values[layer.name] = write_layer(file, layer, own, inputs, shapes[layer.name])
    outputs = [values[output] for output in graph.outputs]
    if mean:
        outputs = [write_mean(file, mean, outputs[0])]
    return file.model(name, {taken: graph.input_shape}, dict(zip(given, outputs, strict=True)))
