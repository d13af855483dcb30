"""An ONNX file of a graph and its weights; no framework is loaded."""

import numpy as np

from vae.formats.exporting.onnx_graph import OnnxGraph, Value
from vae.formats.exporting.onnx_layers import write_layer
from vae.formats.exporting.onnx_means import write_mean
from vae.models.networks.dilated_transpose import undilated
from vae.models.networks.graph import Graph

__all__ = ["onnx_bytes"]


def onnx_bytes(
    graph: Graph, weights: dict[str, np.ndarray], name: str, taken: str, given: tuple[str, ...], mean: str = ""
) -> bytes:
    """A graph as an ONNX file; its batch axis is free.

    Args:
        weights: float32, as `graph.weight_shapes` names them.
        name: of the network in the file.
        taken: what its input is called in the file.
        given: what its outputs are called in the file.
        mean: a key of `vae.formats.exporting.onnx_means.MEANS`, written behind the only output; "" writes nothing.

    Raises:
        BadRequestError: a layer, an activation or a mean has no ONNX form.
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
