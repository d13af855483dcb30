"""Converts a layer of a Keras configuration to a layer of a graph, or names the setting that is not supported."""

import json
from math import prod
from typing import Any

from pydantic import TypeAdapter, ValidationError

from vae.errors import ImportRefusedError
from vae.message import message
from vae.models.config import first_fault
from vae.models.networks.graph import MOST_VALUES
from vae.models.networks.layer import Shape
from vae.models.networks.layers import LAYERS

__all__ = ["IDENTITIES", "KNOWN_LAYERS", "convert_layer"]

# They have an effect only during training.
IDENTITIES = {
    "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity",
    "SpatialDropout2D",
}  # fmt: skip
_LAYER: TypeAdapter[LAYERS] = TypeAdapter(LAYERS)
_CONVOLUTION = ("kernel_size", "strides", "padding", "dilation_rate", "use_bias", "activation")
# Keras' settings that are copied. Those that matter only during training are left out.
_SETTINGS = {
    "Dense": ("units", "use_bias", "activation"),
    "Conv2D": (*_CONVOLUTION, "filters", "groups"),
    "Conv2DTranspose": (*_CONVOLUTION, "filters", "output_padding"),
    "DepthwiseConv2D": (*_CONVOLUTION, "depth_multiplier"),
    "SeparableConv2D": (*_CONVOLUTION, "filters", "depth_multiplier"),
    "BatchNormalization": ("epsilon", "center", "scale"),
    "LayerNormalization": ("epsilon", "center", "scale"),
    "GroupNormalization": ("groups", "epsilon", "center", "scale"),
    "Flatten": (),
    "Reshape": ("target_shape",),
    "Permute": ("dims",),
    "Activation": ("activation",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "ELU": ("alpha",),
    "PReLU": ("shared_axes",),
    "Softmax": (),
    "Rescaling": ("scale", "offset"),
    "Clip": ("x_min", "x_max"),
    "Log": (),
    "UpSampling2D": ("size", "interpolation"),
    "ZeroPadding2D": ("padding",),
    "Cropping2D": ("cropping",),
    "MaxPooling2D": ("pool_size", "strides", "padding"),
    "AveragePooling2D": ("pool_size", "strides", "padding"),
    "GlobalAveragePooling2D": ("keepdims",),
    "GlobalMaxPooling2D": ("keepdims",),
    "Add": (),
    "Multiply": (),
    "Concatenate": (),
}
KNOWN_LAYERS = frozenset(_SETTINGS)
_PAIRS = {"kernel_size", "strides", "dilation_rate", "output_padding", "size", "pool_size"}
_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}


def convert_layer(kind: str, config: dict[str, Any], name: str, inputs: list[str], shapes: list[Shape]) -> LAYERS:
    """Return the layer of a graph.

    Args:
        kind: name of the class, one of `KNOWN_LAYERS`.
        config: the layer's settings in the file.
        name, inputs: names in the graph.
        shapes: of the inputs.

    Raises:
        ImportRefusedError: a setting that changes the layer's output is not supported.
    """
    where = f"The layer {config.get('name', name)!s:.60} ({kind})"
    _check(kind, config, shapes, where)
    settings: dict[str, Any] = {key: config[key] for key in _SETTINGS[kind] if key in config}
    for key in _PAIRS & settings.keys():
        if isinstance(settings[key], int):
            settings[key] = [settings[key]] * 2
    if kind == "Softmax":
        kind, settings = "Activation", {"activation": "softmax"}
    if "activation" in settings:
        settings["activation"] = _activation(settings["activation"], where)
    if kind == "Reshape":
        settings["target_shape"] = _resolved(settings.get("target_shape"), shapes[0], where)
    if kind == "Dense" and shapes and not shapes[0]:
        raise ImportRefusedError(
            message("{where} has an input without a size.", where=where), "Save the model after it was built."
        )
    try:
        layer = _LAYER.validate_json(json.dumps({"kind": kind, "name": name, "inputs": inputs, **settings}))
        made = layer.output_shape(shapes)
        if prod(made) > MOST_VALUES:  # before the next one multiplies it
            raise ValueError(f"it outputs {prod(made):,} values; the limit is {MOST_VALUES:,}")
    except ValidationError as error:
        raise ImportRefusedError(
            message("{where}: {first_fault}.", where=where, first_fault=first_fault(error)), "Use the default settings."
        ) from None
    except ValueError as error:
        raise ImportRefusedError(
            message("{where} cannot be used: {error}.", where=where, error=error), "Save the model again."
        ) from None
    return layer


def _check(kind: str, config: dict[str, Any], shapes: list[Shape], where: str) -> None:
    """Refuse settings that a graph does not have."""
    last = len(shapes[0]) if shapes else 0
    if config.get("data_format") not in (None, "channels_last"):
        raise ImportRefusedError(
            message("{where} has its channels first.", where=where), "Build the model with channels last."
        )
    axis = config.get("axis", -1)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    along_one = kind in ("BatchNormalization", "LayerNormalization", "GroupNormalization", "Concatenate", "Softmax")
    if along_one and axis not in (-1, last):
        raise ImportRefusedError(
            message("{where} works along the axis {axis}; only the last axis is supported.", where=where, axis=axis)
        )
    if config.get("rms_scaling") or config.get("lora_rank") or config.get("quantization_config"):
        raise ImportRefusedError(
            message("{where} uses RMS scaling, LoRA or quantisation.", where=where),
            "Save the model with plain weights.",
        )


def _activation(value: Any, where: str) -> str:
    if isinstance(value, dict):  # a function: only its name is used, and nothing is looked up
        value = value.get("config")
    if not isinstance(value, str | None):
        raise ImportRefusedError(
            message("{where} has an activation without a name.", where=where), "Use one of Keras' activations by name."
        )
    return "linear" if value is None else _ALIASES.get(value, value)


def _resolved(target: Any, shape: Shape, where: str) -> list[int]:
    """Return a target shape with -1 replaced by the remaining size."""
    whole = isinstance(target, list) and all(type(side) is int for side in target)
    known = prod(side for side in target if side > 0) if whole else 0
    if not whole or not known or target.count(-1) > 1 or prod(shape) % known:
        raise ImportRefusedError(
            message("{where} cannot reshape {shape} to {target}.", where=where, shape=shape, target=target),
            "Save the model again.",
        )
    return [prod(shape) // known if side == -1 else side for side in target]
