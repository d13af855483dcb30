"""Which ONNX nodes a layer of Keras becomes; `onnx_pictures` has those that slide over a picture."""

import keras
import numpy as np
from keras import ops

from vae.errors import BadRequestError
from vae.formats.exporting.onnx_activations import activated
from vae.formats.exporting.onnx_graph import OnnxGraph, Value
from vae.formats.exporting.onnx_pictures import PICTURE_LAYERS

__all__ = ["write_layer"]


def write_layer(graph: OnnxGraph, layer, arguments: list, shape: tuple[int, ...]) -> Value:
    """The nodes of one layer or operation.

    Args:
        arguments: `Value`s, lists of them, or numbers.
        shape: of what it gives, without the batch axis.

    Raises:
        BadRequestError: a layer that is not known, by its class and name.
    """
    kind = type(layer).__name__
    if type(layer).__module__.startswith("keras."):  # not anybody's class of a known name
        if not isinstance(layer, keras.layers.Layer):
            if kind in _OPERATIONS:
                return _operation(graph, layer, _OPERATIONS[kind], arguments, shape)
        elif kind in _LAYERS:
            return _LAYERS[kind](graph, layer, arguments[0], shape)
    raise BadRequestError(
        f"The layer {layer.name} ({type(layer).__name__}) has no ONNX form here.",
        "Export this model as Keras or SavedModel instead.",
    )


def _dense(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    kernel = graph.constant(f"{layer.name}/kernel", ops.convert_to_numpy(layer.kernel))
    name = graph.add("MatMul", [graph.channels_last(value).name, kernel], layer.name)
    if layer.use_bias:
        bias = graph.constant(f"{layer.name}/bias", ops.convert_to_numpy(layer.bias))
        name = graph.add("Add", [name, bias], layer.name)
    return activated(graph, Value(name, shape), layer.activation, layer.name)


def _reshape(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    target = graph.constant(f"{layer.name}/shape", np.array([-1, *shape], np.int64))
    return Value(graph.add("Reshape", [graph.channels_last(value).name, target], layer.name), shape)


def _permute(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    name = graph.add("Transpose", [graph.channels_last(value).name], layer.name, perm=(0, *layer.dims))
    return Value(name, shape)


def _batch_normalization(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    """Its averages are fixed by now: a factor and a summand of each channel."""
    _check_axis(layer, len(shape))
    variance, mean = (ops.convert_to_numpy(part) for part in (layer.moving_variance, layer.moving_mean))
    factor = 1.0 / np.sqrt(variance.astype(np.float64) + layer.epsilon)
    if layer.scale:
        factor = factor * ops.convert_to_numpy(layer.gamma)
    summand = -mean * factor
    if layer.center:
        summand = summand + ops.convert_to_numpy(layer.beta)
    return _per_channel(graph, layer.name, value, factor, summand)


def _group_normalization(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    """Each group is a channel of an instance normalisation: the operator for groups is younger than the opset."""
    _check_axis(layer, len(shape))
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
    factor = ops.convert_to_numpy(layer.gamma) if layer.scale else None
    summand = ops.convert_to_numpy(layer.beta) if layer.center else None
    return _per_channel(graph, stem, normal, factor, summand)


def _layer_normalization(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    _check_axis(layer, len(shape))
    channels = shape[-1]
    gamma = ops.convert_to_numpy(layer.gamma) if layer.scale else np.ones(channels)
    inputs = [graph.channels_last(value).name, graph.constant(f"{layer.name}/gamma", gamma)]
    if layer.center:
        inputs.append(graph.constant(f"{layer.name}/beta", ops.convert_to_numpy(layer.beta)))
    return Value(graph.add("LayerNormalization", inputs, layer.name, axis=-1, epsilon=layer.epsilon), shape)


def _check_axis(layer, axes: int) -> None:
    axis = layer.axis[0] if isinstance(layer.axis, list | tuple) and len(layer.axis) == 1 else layer.axis
    if axis not in (-1, axes):
        raise BadRequestError(
            f"The layer {layer.name} normalises along the axis {layer.axis}, not the last one.",
            "Export this model as Keras or SavedModel instead.",
        )


def _per_channel(graph: OnnxGraph, stem: str, value: Value, factor, summand) -> Value:
    name = value.name
    for operator, kind, array in (("Mul", "factor", factor), ("Add", "summand", summand)):
        if array is not None:
            array = array.reshape(-1, 1, 1) if value.first else array
            kind = f"{kind}_first" if value.first else kind
            name = graph.add(operator, [name, graph.constant(f"{stem}/{kind}", array)], stem)
    return Value(name, value.shape, value.first)


def _activation(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    return activated(graph, value, layer.activation, layer.name)


def _relu(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    if layer.threshold:
        raise BadRequestError(
            f"The layer {layer.name} is a ReLU with a threshold.", "Export this model as Keras or SavedModel instead."
        )
    slope = float(layer.negative_slope)
    rising = graph.add("LeakyRelu", [value.name], layer.name, alpha=slope) if slope else None
    name = rising or graph.add("Relu", [value.name], layer.name)
    if layer.max_value is not None:
        most = float(layer.max_value)
        name = graph.add("Clip", [name, "", graph.constant(f"{layer.name}/max_value", most)], layer.name)
    return Value(name, shape, value.first)


def _leaky_relu(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    name = graph.add("LeakyRelu", [value.name], layer.name, alpha=float(layer.negative_slope))
    return Value(name, shape, value.first)


def _elu(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    return Value(graph.add("Elu", [value.name], layer.name, alpha=float(layer.alpha)), shape, value.first)


def _prelu(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    slope = graph.constant(f"{layer.name}/alpha", ops.convert_to_numpy(layer.alpha))
    return Value(graph.add("PRelu", [graph.channels_last(value).name, slope], layer.name), shape)


def _rescaling(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    return _per_channel(
        graph, layer.name, graph.channels_last(value), np.float32(layer.scale), np.float32(layer.offset)
    )


def _passed_on(graph: OnnxGraph, layer, value: Value, shape) -> Value:
    return value


def _joining(operator: str):
    def write(graph: OnnxGraph, layer, values: list[Value], shape) -> Value:
        # Channels first where one has them so: beside a convolution nothing need be turned.
        first = any(value.first for value in values) and all(value.shape == shape for value in values)
        turn = graph.channels_first if first else graph.channels_last
        name = turn(values[0]).name
        for value in values[1:]:
            name = graph.add(operator, [name, turn(value).name], layer.name)
        return Value(name, shape, first)

    return write


def _concatenate(graph: OnnxGraph, layer, values: list[Value], shape) -> Value:
    if layer.axis not in (-1, len(shape)):
        raise BadRequestError(
            f"The layer {layer.name} joins along the axis {layer.axis}, not the last one.",
            "Export this model as Keras or SavedModel instead.",
        )
    first = all(value.first for value in values)
    names = [value.name if first else graph.channels_last(value).name for value in values]
    return Value(graph.add("Concat", names, layer.name, axis=1 if first else -1), shape, first)


def _operation(graph: OnnxGraph, layer, operator: str, arguments: list, shape) -> Value:
    """An operation of `keras.ops` on tensors and numbers."""
    if operator == "Clip":
        arguments = [*arguments, layer.x_min, layer.x_max]
    names = [
        graph.channels_last(argument).name
        if isinstance(argument, Value)
        else graph.constant(f"{layer.name}/{index}", float(argument))
        for index, argument in enumerate(arguments)
    ]
    return Value(graph.add(operator, names, layer.name), shape)


_LAYERS = PICTURE_LAYERS | {
    "Activation": _activation,
    "Add": _joining("Add"),
    "BatchNormalization": _batch_normalization,
    "Concatenate": _concatenate,
    "Dense": _dense,
    "Dropout": _passed_on,
    "ELU": _elu,
    "Flatten": _reshape,
    "GroupNormalization": _group_normalization,
    "LayerNormalization": _layer_normalization,
    "LeakyReLU": _leaky_relu,
    "Maximum": _joining("Max"),
    "Minimum": _joining("Min"),
    "Multiply": _joining("Mul"),
    "PReLU": _prelu,
    "Permute": _permute,
    "ReLU": _relu,
    "Rescaling": _rescaling,
    "Reshape": _reshape,
    "Subtract": _joining("Sub"),
}
_OPERATIONS = {
    "Absolute": "Abs",
    "Add": "Add",
    "Clip": "Clip",
    "Less": "Less",
    "Log": "Log",
    "Multiply": "Mul",
    "Sigmoid": "Sigmoid",
    "Subtract": "Sub",
    "Tanh": "Tanh",
    "TrueDivide": "Div",
    "Where": "Where",
}
