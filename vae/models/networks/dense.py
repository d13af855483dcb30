"""The fully connected network."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

from vae.models.networks.network import Network, register
from vae.models.networks.stack import Stack

if TYPE_CHECKING:
    from vae.models.config import ModelConfig

__all__ = ["DENSE"]


def _encode(stack: Stack, config: ModelConfig) -> None:
    stack.add("Flatten", "flatten")
    for index, units in enumerate(config.widths):
        stack.add("Dense", f"hidden_{index}", units=units, activation=config.activation)


def _decode(stack: Stack, config: ModelConfig) -> None:
    for index, units in enumerate(reversed(config.widths)):
        stack.add("Dense", f"hidden_{index}", units=units, activation=config.activation)
    stack.add("Dense", "logits", units=prod(config.image_shape))
    stack.add("Reshape", "image", target_shape=config.image_shape)


DENSE = register(
    Network(
        key="dense",
        title="Dense",
        meaning="Fully connected layers of the given widths; the decoder mirrors them.",
        source="Kingma & Welling 2014, appendix C",
        settings=("widths", "activation"),
        encode=_encode,
        decode=_decode,
    )
)
