"""The convolutional network, with and without residual blocks."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from vae.models.networks.network import Network, register
from vae.models.networks.residual import add_block
from vae.models.networks.stack import Stack

if TYPE_CHECKING:
    from vae.models.config import ModelConfig

__all__ = ["CONV", "RESIDUAL"]

# Kernel size 4 with stride 2 covers every pixel equally often, which avoids checkerboard artifacts
# (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
_STRIDED = {"kernel_size": (4, 4), "strides": (2, 2), "padding": "same"}


def _encode(stack: Stack, config: ModelConfig) -> None:
    """Add halving convolutions, each followed by the residual blocks if the network has them, then a dense layer."""
    for index, width in enumerate(config.widths):
        stack.add("Conv2D", f"conv_{index}", filters=width, activation=_beside_blocks(config), **_STRIDED)
        _add_blocks(stack, config, f"conv_{index}")
    stack.add("Flatten", "flatten")
    stack.add("Dense", "hidden", units=config.dense_units, activation=config.activation)


def _decode(stack: Stack, config: ModelConfig) -> None:
    """Add dense layers, then doubling transposed convolutions, each after the residual blocks if the network has them.

    The last one outputs the image's channels directly, because feature maps of full resolution are slow on a CPU.
    """
    height, width, channels = config.image_shape
    step = 2 ** len(config.widths)
    smallest = (height // step, width // step, config.widths[-1])
    stack.add("Dense", "hidden", units=config.dense_units, activation=config.activation)
    stack.add("Dense", "unflatten", units=prod(smallest), activation=_beside_blocks(config))
    stack.add("Reshape", "reshape", target_shape=smallest)
    for index, filters in enumerate(reversed(config.widths[:-1])):
        _add_blocks(stack, config, f"conv_{index}")
        stack.add("Conv2DTranspose", f"conv_{index}", filters=filters, activation=_beside_blocks(config), **_STRIDED)
    _add_blocks(stack, config, f"conv_{len(config.widths) - 1}")
    stack.add("Conv2DTranspose", "logits", filters=channels, **_STRIDED)


def _beside_blocks(config: ModelConfig) -> str:
    """Return the activation of a layer beside residual blocks: none, because a block begins with one."""
    return "linear" if config.network == RESIDUAL.key else config.activation


def _add_blocks(stack: Stack, config: ModelConfig, name: str) -> None:
    for index in range(config.blocks if config.network == RESIDUAL.key else 0):
        add_block(stack, f"{name}_block_{index}", config.activation)


def _check(config: ModelConfig) -> None:
    step = 2 ** len(config.widths)
    if config.image_shape[0] % step or config.image_shape[1] % step:
        raise ValueError(
            f"image_shape {config.image_shape} cannot be halved {len(config.widths)} times: "
            f"use sides divisible by {step}, or fewer widths"
        )


CONV = register(
    Network(
        key="conv",
        title="Convolutional",
        meaning="Convolutions that halve the image, and a dense layer; the decoder mirrors them.",
        source="Radford et al. 2016, DCGAN",
        settings=("widths", "dense_units", "activation"),
        encode=_encode,
        decode=_decode,
        check=_check,
    )
)
RESIDUAL = register(
    Network(
        key="residual",
        title="Residual",
        meaning="The convolutional network with residual blocks at each size of the image.",
        source="He et al. 2016, Identity Mappings in Deep Residual Networks",
        settings=("widths", "blocks", "dense_units", "activation"),
        encode=_encode,
        decode=_decode,
        check=_check,
    )
)
