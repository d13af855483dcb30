"""Writes layers of a graph as ONNX nodes; `pictures` has convolutions and other layers for images."""

import numpy as np

from vae.errors import BadRequestError
from vae.formats.onnx.activations import activated
from vae.formats.onnx.nodes import OnnxGraph, Value
from vae.formats.onnx.pictures import PICTURE_LAYERS
from vae.message import message
from vae.models.networks.layer import Layer, Shape

__all__ = ["write_layer"]


def write_layer(
    graph: OnnxGraph, layer: Layer, weights: dict[str, np.ndarray], values: list[Value], shape: Shape
) -> Value:
    """Write the nodes of one layer; return its output.

    Args:
        weights: of the layer, by name: "kernel", "bias".
        values: its inputs.
        shape: of its output, without the batch axis.

    Raises:
        BadRequestError: the layer is not supported; the message has its kind and name.
    """
    if layer.kind in _JOINING:
        return _JOINING[layer.kind](graph, layer, values, shape)
    if layer.kind in _LAYERS:
        return _LAYERS[layer.kind](graph, layer, weights, values[0], shape)
    raise BadRequestError(
        message("The layer {name} ({kind}) is not supported in ONNX exports.", name=layer.name, kind=layer.kind),
        "Export this model as Keras or SavedModel instead.",
    )


def _dense(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    kernel = graph.constant(f"{layer.name}/kernel", weights["kernel"])
    name = graph.add("MatMul", [graph.channels_last(value).name, kernel], layer.name)
    if layer.use_bias:
        bias = graph.constant(f"{layer.name}/bias", weights["bias"])
        name = graph.add("Add", [name, bias], layer.name)
    return activated(graph, Value(name, shape), layer.activation, layer.name)


def _reshape(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    target = graph.constant(f"{layer.name}/shape", np.array([-1, *shape], np.int64))
    return Value(graph.add("Reshape", [graph.channels_last(value).name, target], layer.name), shape)


def _permute(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    name = graph.add("Transpose", [graph.channels_last(value).name], layer.name, perm=(0, *layer.dims))
    return Value(name, shape)


def _batch_normalization(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    """Write a factor and a summand for each channel: the averages are constant after training."""
    variance, mean = weights["moving_variance"], weights["moving_mean"]
    factor = 1.0 / np.sqrt(variance.astype(np.float64) + layer.epsilon)
    if layer.scale:
        factor = factor * weights["gamma"]
    summand = -mean * factor
    if layer.center:
        summand = summand + weights["beta"]
    return _per_channel(graph, layer.name, value, factor, summand)


def _group_normalization(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    """Write an instance normalisation with groups as channels: the opset has no GroupNormalization yet."""
    channels = shape[-1]
    groups = channels if layer.groups == -1 else layer.groups
    first = graph.channels_first(value) if len(shape) == 3 else value
    stem = layer.name
    to_groups = graph.constant(f"{stem}/groups", np.array([0, groups, -1], np.int64))
    back = graph.constant(f"{stem}/back", np.array([-1, channels, *shape[:-1]], np.int64))
    one, zero = (graph.constant(f"{stem}/{name}", np.full(groups, float(name))) for name in ("1", "0"))
    name = graph.add("Reshape", [first.name, to_groups], stem)
    name = graph.add("InstanceNormalization", [name, one, zero], stem, epsilon=layer.epsilon)
    normal = Value(graph.add("Reshape", [name, back], stem), shape, first.first)
    factor = weights["gamma"] if layer.scale else None
    summand = weights["beta"] if layer.center else None
    return _per_channel(graph, stem, normal, factor, summand)


def _layer_normalization(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    channels = shape[-1]
    gamma = weights["gamma"] if layer.scale else np.ones(channels)
    inputs = [graph.channels_last(value).name, graph.constant(f"{layer.name}/gamma", gamma)]
    if layer.center:
        inputs.append(graph.constant(f"{layer.name}/beta", weights["beta"]))
    return Value(graph.add("LayerNormalization", inputs, layer.name, axis=-1, epsilon=layer.epsilon), shape)


def _per_channel(graph: OnnxGraph, stem: str, value: Value, factor, summand) -> Value:
    name = value.name
    for operator, kind, array in (("Mul", "factor", factor), ("Add", "summand", summand)):
        if array is not None:
            array = array.reshape(-1, 1, 1) if value.first else array
            kind = f"{kind}_first" if value.first else kind
            name = graph.add(operator, [name, graph.constant(f"{stem}/{kind}", array)], stem)
    return Value(name, value.shape, value.first)


def _activation(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    return activated(graph, value, layer.activation, layer.name)


def _relu(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    if layer.threshold:
        return Value(_relu_with_threshold(graph, layer, value.name), shape, value.first)
    slope = float(layer.negative_slope)
    rising = graph.add("LeakyRelu", [value.name], layer.name, alpha=slope) if slope else None
    name = rising or graph.add("Relu", [value.name], layer.name)
    if layer.max_value is not None:
        most = float(layer.max_value)
        name = graph.add("Clip", [name, "", graph.constant(f"{layer.name}/max_value", most)], layer.name)
    return Value(name, shape, value.first)


def _relu_with_threshold(graph: OnnxGraph, layer, x: str) -> str:
    """Write x above the threshold, at most `max_value`, and below it `negative_slope · (x − threshold)`."""
    name = graph.add("ThresholdedRelu", [x], layer.name, alpha=float(layer.threshold))
    if layer.max_value is not None:
        bounds = [graph.constant("0", 0.0), graph.constant(f"{layer.name}/max_value", float(layer.max_value))]
        name = graph.add("Clip", [name, *bounds], layer.name)
    if not layer.negative_slope:
        return name
    below = graph.add("Sub", [graph.constant(f"{layer.name}/threshold", float(layer.threshold)), x], layer.name)
    below = graph.add("Relu", [below], layer.name)
    slope = graph.constant(f"{layer.name}/negative_slope", float(layer.negative_slope))
    return graph.add("Sub", [name, graph.add("Mul", [slope, below], layer.name)], layer.name)


def _leaky_relu(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    name = graph.add("LeakyRelu", [value.name], layer.name, alpha=float(layer.negative_slope))
    return Value(name, shape, value.first)


def _elu(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    return Value(graph.add("Elu", [value.name], layer.name, alpha=float(layer.alpha)), shape, value.first)


def _prelu(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    slope = graph.constant(f"{layer.name}/alpha", weights["alpha"])
    return Value(graph.add("PRelu", [graph.channels_last(value).name, slope], layer.name), shape)


def _rescaling(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    return _per_channel(
        graph, layer.name, graph.channels_last(value), np.float32(layer.scale), np.float32(layer.offset)
    )


def _clip(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    bounds = [graph.constant(f"{layer.name}/{name}", getattr(layer, name)) for name in ("x_min", "x_max")]
    return Value(graph.add("Clip", [value.name, *bounds], layer.name), shape, value.first)


def _log(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    return Value(graph.add("Log", [value.name], layer.name), shape, value.first)


def _joining(operator: str):
    def write(graph: OnnxGraph, layer, values: list[Value], shape) -> Value:
        # Channels first if one input has them first: no transposition is needed beside a convolution.
        first = any(value.first for value in values) and all(value.shape == shape for value in values)
        turn = graph.channels_first if first else graph.channels_last
        name = turn(values[0]).name
        for value in values[1:]:
            name = graph.add(operator, [name, turn(value).name], layer.name)
        return Value(name, shape, first)

    return write


def _concatenate(graph: OnnxGraph, layer, values: list[Value], shape) -> Value:
    first = all(value.first for value in values)
    names = [value.name if first else graph.channels_last(value).name for value in values]
    return Value(graph.add("Concat", names, layer.name, axis=1 if first else -1), shape, first)


_LAYERS = PICTURE_LAYERS | {
    "Activation": _activation,
    "BatchNormalization": _batch_normalization,
    "Clip": _clip,
    "Dense": _dense,
    "ELU": _elu,
    "Flatten": _reshape,
    "GroupNormalization": _group_normalization,
    "LayerNormalization": _layer_normalization,
    "LeakyReLU": _leaky_relu,
    "Log": _log,
    "PReLU": _prelu,
    "Permute": _permute,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
}
# Layers with several inputs.
_JOINING = {"Add": _joining("Add"), "Concatenate": _concatenate, "Multiply": _joining("Mul")}
