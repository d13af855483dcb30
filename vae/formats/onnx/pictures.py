"""Writes convolutions, pooling and resizing layers as ONNX nodes."""

import numpy as np

from vae.formats.onnx.activations import activated
from vae.formats.onnx.nodes import OnnxGraph, Value

__all__ = ["PICTURE_LAYERS"]


def _convolution(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    kernel = weights["kernel"].transpose(3, 2, 0, 1)  # (h, w, in, out) → (out, in, h, w)
    name = _convolved(graph, layer, value, shape, kernel, layer.groups, weights.get("bias"))
    return activated(graph, Value(name, shape, True), layer.activation, layer.name)


def _depthwise(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    kernel = _depthwise_kernel(weights["kernel"])
    name = _convolved(graph, layer, value, shape, kernel, value.shape[-1], weights.get("bias"))
    return activated(graph, Value(name, shape, True), layer.activation, layer.name)


def _separable(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    inner = (*shape[:2], value.shape[-1] * layer.depth_multiplier)
    depthwise = _depthwise_kernel(weights["depthwise_kernel"])
    name = _convolved(graph, layer, value, inner, depthwise, value.shape[-1], None, "depthwise_kernel")
    pointwise = weights["pointwise_kernel"].transpose(3, 2, 0, 1)
    inputs = [name, graph.constant(f"{layer.name}/pointwise_kernel", pointwise)]
    if layer.use_bias:
        inputs.append(graph.constant(f"{layer.name}/bias", weights["bias"]))
    name = graph.add("Conv", inputs, layer.name)
    return activated(graph, Value(name, shape, True), layer.activation, layer.name)


def _depthwise_kernel(kernel: np.ndarray) -> np.ndarray:
    """Reorder `(h, w, in, m)` to `(in · m, 1, h, w)`."""
    return kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])


def _convolved(graph, layer, value, shape, kernel, groups, bias, name="kernel") -> str:
    reach = [(side - 1) * rate + 1 for side, rate in zip(kernel.shape[2:], layer.dilation_rate, strict=True)]
    inputs = [graph.channels_first(value).name, graph.constant(f"{layer.name}/{name}", kernel)]
    if bias is not None:
        inputs.append(graph.constant(f"{layer.name}/bias", bias))
    return graph.add(
        "Conv",
        inputs,
        layer.name,
        strides=layer.strides,
        dilations=layer.dilation_rate,
        group=groups,
        pads=_pads(layer, value.shape, shape, reach),
    )


def _pads(layer, taken, given, reach) -> tuple[int, ...]:
    """Return the padding, top, left, bottom, right: the same on both sides, or one more at the end."""
    if layer.padding == "valid":
        return (0, 0, 0, 0)
    added = [max((given[i] - 1) * layer.strides[i] + reach[i] - taken[i], 0) for i in (0, 1)]
    return (*(total // 2 for total in added), *(total - total // 2 for total in added))


def _transposed(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    """Write a transposed convolution: the padding of the forward convolution is cut off.

    There is no dilation: see `vae.models.networks.dilated_transpose`.
    """
    kernel = weights["kernel"].transpose(3, 2, 0, 1)  # (h, w, out, in) → (in, out, h, w)
    surplus = [(value.shape[i] - 1) * layer.strides[i] + layer.kernel_size[i] - shape[i] for i in (0, 1)]
    before = [max(total, 0) // 2 if layer.padding == "same" else 0 for total in surplus]
    after = [max(total, 0) - first for total, first in zip(surplus, before, strict=True)]
    inputs = [graph.channels_first(value).name, graph.constant(f"{layer.name}/kernel", kernel)]
    if layer.use_bias:
        inputs.append(graph.constant(f"{layer.name}/bias", weights["bias"]))
    name = graph.add(
        "ConvTranspose",
        inputs,
        layer.name,
        strides=layer.strides,
        pads=(*before, *after),
        output_padding=[max(-total, 0) for total in surplus],
    )
    return activated(graph, Value(name, shape, True), layer.activation, layer.name)


def _pooling(operator: str, **attributes):
    def write(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
        name = graph.add(
            operator,
            [graph.channels_first(value).name],
            layer.name,
            kernel_shape=layer.pool_size,
            strides=layer.strides,
            pads=_pads(layer, value.shape, shape, layer.pool_size),
            **attributes,
        )
        return Value(name, shape, True)

    return write


def _global_pooling(operator: str):
    def write(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
        name = graph.add(operator, [graph.channels_first(value).name], layer.name)
        if layer.keepdims:
            return Value(name, shape, True)
        target = graph.constant(f"{layer.name}/shape", np.array([-1, *shape], np.int64))
        return Value(graph.add("Reshape", [name, target], layer.name), shape)

    return write


def _upsampling(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    scales = graph.constant(f"{layer.name}/scales", np.array([1, 1, *layer.size], np.float32))
    how = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    if layer.interpolation == "bilinear":
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    name = graph.add("Resize", [graph.channels_first(value).name, "", scales], layer.name, **how)
    return Value(name, shape, True)


def _padded(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    (top, bottom), (left, right) = layer.padding
    pads = graph.constant(f"{layer.name}/pads", np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
    return Value(graph.add("Pad", [graph.channels_first(value).name, pads], layer.name), shape, True)


def _cropped(graph: OnnxGraph, layer, weights, value: Value, shape) -> Value:
    (top, _), (left, _) = layer.cropping
    inputs = [graph.channels_first(value).name]
    places = {"starts": (top, left), "ends": (top + shape[0], left + shape[1]), "axes": (2, 3)}
    inputs += [graph.constant(f"{layer.name}/{key}", np.array(numbers, np.int64)) for key, numbers in places.items()]
    return Value(graph.add("Slice", inputs, layer.name), shape, True)


PICTURE_LAYERS = {
    "AveragePooling2D": _pooling("AveragePool", count_include_pad=0),
    "Conv2D": _convolution,
    "Conv2DTranspose": _transposed,
    "Cropping2D": _cropped,
    "DepthwiseConv2D": _depthwise,
    "GlobalAveragePooling2D": _global_pooling("GlobalAveragePool"),
    "GlobalMaxPooling2D": _global_pooling("GlobalMaxPool"),
    "MaxPooling2D": _pooling("MaxPool"),
    "SeparableConv2D": _separable,
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": _padded,
}
