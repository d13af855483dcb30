"""The layers that a network may have: Keras' classes by name, with the settings that change their results.

Each computes its output shape and weight shapes. Settings for training (initialisers, regularisers, constraints) are
left out. So are layers that only training needs (dropout, noise).
"""

# Errors of this module reach developers, not users of the pages: they are not translated.

from math import prod
from typing import Annotated, Literal

from pydantic import Field

from vae.models.networks.layer import ACTIVATIONS, Count, Finite, Layer, Shape, Step, biased
from vae.models.networks.spatial_layers import (
    AveragePooling2D,
    Conv2D,
    Conv2DTranspose,
    Cropping2D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
    SeparableConv2D,
    UpSampling2D,
    ZeroPadding2D,
)  # fmt: skip

PerChannel = Annotated[tuple[Finite, ...], Field(min_length=1, max_length=64)]

__all__ = [
    "ELU",
    "LAYERS",
    "Activation",
    "Add",
    "BatchNormalization",
    "Clip",
    "Concatenate",
    "Dense",
    "Flatten",
    "GroupNormalization",
    "LayerNormalization",
    "LeakyReLU",
    "Log",
    "Multiply",
    "PReLU",
    "Permute",
    "ReLU",
    "Rescaling",
    "Reshape",
]


class Dense(Layer, frozen=True):
    kind: Literal["Dense"]
    units: Count
    use_bias: bool = True
    activation: ACTIVATIONS = "linear"

    def output_shape(self, inputs):
        return (*self._single(inputs)[:-1], self.units)

    def weight_shapes(self, inputs):
        return biased({"kernel": (inputs[0][-1], self.units)}, self.use_bias, self.units)


class _Normalization(Layer, frozen=True):
    epsilon: Annotated[Finite, Field(gt=0, le=1)] = 1e-3
    center: bool = True
    scale: bool = True

    def _scaled(self, shape: Shape) -> dict[str, Shape]:
        return ({"gamma": shape} if self.scale else {}) | ({"beta": shape} if self.center else {})


class BatchNormalization(_Normalization, frozen=True):
    """Normalises the last axis with statistics from training."""

    kind: Literal["BatchNormalization"]

    def weight_shapes(self, inputs):
        channels = inputs[0][-1:]
        return self._scaled(channels) | {"moving_mean": channels, "moving_variance": channels}


class LayerNormalization(_Normalization, frozen=True):
    """Normalises over the last axis."""

    kind: Literal["LayerNormalization"]

    def weight_shapes(self, inputs):
        return self._scaled(inputs[0][-1:])


class GroupNormalization(_Normalization, frozen=True):
    """Normalises over groups of the last axis; -1 stands for groups of one channel."""

    kind: Literal["GroupNormalization"]
    groups: Annotated[int, Field(ge=-1, le=100_000)] = 32

    def output_shape(self, inputs):
        shape = self._single(inputs)
        if self.groups == 0 or shape[-1] % self.groups:
            raise ValueError(f"the layer {self.name} cannot divide {shape[-1]} channels into {self.groups} groups")
        return shape

    def weight_shapes(self, inputs):
        return self._scaled(inputs[0][-1:])


class Flatten(Layer, frozen=True):
    kind: Literal["Flatten"]

    def output_shape(self, inputs):
        return (prod(self._single(inputs)),)


class Reshape(Layer, frozen=True):
    kind: Literal["Reshape"]
    target_shape: Annotated[tuple[Count, ...], Field(min_length=1, max_length=4)]

    def output_shape(self, inputs):
        shape = self._single(inputs)
        if prod(shape) != prod(self.target_shape):
            raise ValueError(f"the layer {self.name} cannot reshape {shape} to {self.target_shape}")
        return self.target_shape


class Permute(Layer, frozen=True):
    """Reorders axes, counted from 1."""

    kind: Literal["Permute"]
    dims: tuple[Step, ...]

    def output_shape(self, inputs):
        shape = self._single(inputs)
        if sorted(self.dims) != list(range(1, len(shape) + 1)):
            raise ValueError(f"the layer {self.name} cannot permute {shape} by {self.dims}")
        return tuple(shape[axis - 1] for axis in self.dims)


class Activation(Layer, frozen=True):
    kind: Literal["Activation"]
    activation: ACTIVATIONS


class ReLU(Layer, frozen=True):
    kind: Literal["ReLU"]
    max_value: Finite | None = None
    negative_slope: Finite = 0.0
    threshold: Finite = 0.0


class LeakyReLU(Layer, frozen=True):
    kind: Literal["LeakyReLU"]
    negative_slope: Finite = 0.3


class ELU(Layer, frozen=True):
    kind: Literal["ELU"]
    alpha: Finite = 1.0


class PReLU(Layer, frozen=True):
    """Learns a slope for each value, shared along `shared_axes`, which are counted from 1."""

    kind: Literal["PReLU"]
    shared_axes: tuple[Step, ...] | None = None

    def weight_shapes(self, inputs):
        shared = self.shared_axes or ()
        return {"alpha": tuple(1 if axis in shared else side for axis, side in enumerate(inputs[0], start=1))}


class Rescaling(Layer, frozen=True):
    """Multiplies by a scale and adds an offset, one for all channels or one for each."""

    kind: Literal["Rescaling"]
    scale: Finite | PerChannel
    offset: Finite | PerChannel = 0.0

    def output_shape(self, inputs):
        shape = self._single(inputs)
        for numbers in (self.scale, self.offset):
            if isinstance(numbers, tuple) and len(numbers) != shape[-1]:
                raise ValueError(f"the layer {self.name} has {len(numbers)} scales or offsets for {shape[-1]} channels")
        return shape


class Clip(Layer, frozen=True):
    """Limits values to a range. Like `Log`, it is a Keras operation, not a layer."""

    kind: Literal["Clip"]
    x_min: Finite
    x_max: Finite


class Log(Layer, frozen=True):
    kind: Literal["Log"]


class Add(Layer, frozen=True):
    kind: Literal["Add"]

    def output_shape(self, inputs):
        return self._same(inputs)


class Multiply(Layer, frozen=True):
    kind: Literal["Multiply"]

    def output_shape(self, inputs):
        return self._same(inputs)


class Concatenate(Layer, frozen=True):
    """Joins inputs along the last axis."""

    kind: Literal["Concatenate"]

    def output_shape(self, inputs):
        if len(inputs) < 2 or len({shape[:-1] for shape in inputs}) != 1:
            raise ValueError(f"the layer {self.name} cannot join inputs of the shapes {inputs}")
        return (*inputs[0][:-1], sum(shape[-1] for shape in inputs))


LAYERS = (
    Dense | Conv2D | Conv2DTranspose | DepthwiseConv2D | SeparableConv2D
    | BatchNormalization | LayerNormalization | GroupNormalization
    | Flatten | Reshape | Permute
    | Activation | ReLU | LeakyReLU | ELU | PReLU | Rescaling | Clip | Log
    | UpSampling2D | ZeroPadding2D | Cropping2D
    | MaxPooling2D | AveragePooling2D | GlobalAveragePooling2D | GlobalMaxPooling2D
    | Add | Multiply | Concatenate
)  # fmt: skip
