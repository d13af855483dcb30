"""The layers that work on pictures: convolutions, pooling, upsampling, padding and cropping."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from math import prod
from typing import Annotated, Literal

from pydantic import Field

from vae.models.networks.layer import ACTIVATIONS, Count, Layer, Shape, Step, biased

__all__ = [
    "AveragePooling2D", "Conv2D", "Conv2DTranspose", "Cropping2D", "DepthwiseConv2D", "GlobalAveragePooling2D",
    "GlobalMaxPooling2D", "MaxPooling2D", "SeparableConv2D", "UpSampling2D", "ZeroPadding2D",
]  # fmt: skip

Pair = tuple[Step, Step]
Edges = tuple[tuple[Annotated[int, Field(ge=0, le=512)], ...], ...]
Padding = Literal["valid", "same"]


class _Convolution(Layer, frozen=True):
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: Padding = "valid"
    dilation_rate: Pair = (1, 1)
    use_bias: bool = True
    activation: ACTIVATIONS = "linear"

    def _sides(self, shape: Shape) -> Shape:
        axes = zip(shape[:2], self.kernel_size, self.strides, self.dilation_rate, strict=True)
        return tuple(_slid(side, (kernel - 1) * rate + 1, step, self.padding) for side, kernel, step, rate in axes)


class Conv2D(_Convolution, frozen=True):
    kind: Literal["Conv2D"]
    filters: Count
    groups: Count = 1

    def output_shape(self, inputs):
        shape = self._single(inputs, 3)
        if shape[2] % self.groups or self.filters % self.groups:
            raise ValueError(f"the layer {self.name} cannot divide {shape[2]} channels into {self.groups} groups")
        return (*self._sides(shape), self.filters)

    def weight_shapes(self, inputs):
        kernel = (*self.kernel_size, inputs[0][2] // self.groups, self.filters)
        return biased({"kernel": kernel}, self.use_bias, self.filters)


class DepthwiseConv2D(_Convolution, frozen=True):
    kind: Literal["DepthwiseConv2D"]
    depth_multiplier: Count = 1

    def output_shape(self, inputs):
        shape = self._single(inputs, 3)
        return (*self._sides(shape), shape[2] * self.depth_multiplier)

    def weight_shapes(self, inputs):
        channels = inputs[0][2]
        kernel = (*self.kernel_size, channels, self.depth_multiplier)
        return biased({"kernel": kernel}, self.use_bias, channels * self.depth_multiplier)


class SeparableConv2D(_Convolution, frozen=True):
    kind: Literal["SeparableConv2D"]
    filters: Count
    depth_multiplier: Count = 1

    def output_shape(self, inputs):
        return (*self._sides(self._single(inputs, 3)), self.filters)

    def weight_shapes(self, inputs):
        channels = inputs[0][2]
        kernels = {
            "depthwise_kernel": (*self.kernel_size, channels, self.depth_multiplier),
            "pointwise_kernel": (1, 1, channels * self.depth_multiplier, self.filters),
        }
        return biased(kernels, self.use_bias, self.filters)


class Conv2DTranspose(_Convolution, frozen=True):
    kind: Literal["Conv2DTranspose"]
    filters: Count
    output_padding: tuple[Annotated[int, Field(ge=0, le=63)], Annotated[int, Field(ge=0, le=63)]] | None = None

    def output_shape(self, inputs):
        shape = self._single(inputs, 3)
        sides = []
        for axis in (0, 1):
            reach = (self.kernel_size[axis] - 1) * self.dilation_rate[axis] + 1
            side, step = shape[axis], self.strides[axis]
            if self.output_padding is None:
                grown = side * step + (max(reach - step, 0) if self.padding == "valid" else 0)
            else:
                cut = reach // 2 if self.padding == "same" else 0
                grown = (side - 1) * step + reach - 2 * cut + self.output_padding[axis]
            if _slid(grown, reach, step, self.padding) != side:  # Keras builds it, but no framework computes it
                raise ValueError(f"the output padding of the layer {self.name} does not fit its kernel")
            sides.append(grown)
        return (*sides, self.filters)

    def weight_shapes(self, inputs):
        kernel = (*self.kernel_size, self.filters, inputs[0][2])
        return biased({"kernel": kernel}, self.use_bias, self.filters)

    def steps(self, inputs, output):
        return super().steps(inputs, inputs[0])  # each kernel is applied at each position of the input


class UpSampling2D(Layer, frozen=True):
    kind: Literal["UpSampling2D"]
    size: Pair = (2, 2)
    interpolation: Literal["nearest", "bilinear"] = "nearest"

    def output_shape(self, inputs):
        height, width, channels = self._single(inputs, 3)
        return (height * self.size[0], width * self.size[1], channels)


class ZeroPadding2D(Layer, frozen=True):
    kind: Literal["ZeroPadding2D"]
    padding: Edges

    def output_shape(self, inputs):
        shape = self._single(inputs, 3)
        (top, bottom), (left, right) = _edges(self.name, self.padding)
        return (shape[0] + top + bottom, shape[1] + left + right, shape[2])


class Cropping2D(Layer, frozen=True):
    kind: Literal["Cropping2D"]
    cropping: Edges

    def output_shape(self, inputs):
        shape = self._single(inputs, 3)
        (top, bottom), (left, right) = _edges(self.name, self.cropping)
        return (shape[0] - top - bottom, shape[1] - left - right, shape[2])


class _Pooling(Layer, frozen=True):
    pool_size: Pair = (2, 2)
    strides: Pair = (2, 2)
    padding: Padding = "valid"

    def output_shape(self, inputs):
        shape = self._single(inputs, 3)
        axes = zip(shape[:2], self.pool_size, self.strides, strict=True)
        return (*(_slid(side, pool, step, self.padding) for side, pool, step in axes), shape[2])

    def steps(self, inputs, output):
        return prod(output) * prod(self.pool_size)


class MaxPooling2D(_Pooling, frozen=True):
    kind: Literal["MaxPooling2D"]


class AveragePooling2D(_Pooling, frozen=True):
    kind: Literal["AveragePooling2D"]


class _GlobalPooling(Layer, frozen=True):
    keepdims: bool = False

    def output_shape(self, inputs):
        channels = self._single(inputs, 3)[2]
        return (1, 1, channels) if self.keepdims else (channels,)


class GlobalAveragePooling2D(_GlobalPooling, frozen=True):
    kind: Literal["GlobalAveragePooling2D"]


class GlobalMaxPooling2D(_GlobalPooling, frozen=True):
    kind: Literal["GlobalMaxPooling2D"]


def _slid(side: int, window: int, step: int, padding: Padding) -> int:
    """Return the number of positions of a window along one side; 0 if it does not fit."""
    return -(-side // step) if padding == "same" else max(0, (side - window) // step + 1)


def _edges(name: str, edges: Edges) -> tuple[tuple[int, int], tuple[int, int]]:
    if len(edges) != 2 or any(len(pair) != 2 for pair in edges):
        raise ValueError(f"the layer {name} has {edges}, not ((top, bottom), (left, right))")
    (top, bottom), (left, right) = edges
    return (top, bottom), (left, right)
