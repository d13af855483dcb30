"""The kinds of network that can be trained, each a registered object."""

# Errors of this module reach developers, not users of the pages: they are not translated.

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from vae.models.networks.stack import Part, Stack
from vae.registry import Registry

if TYPE_CHECKING:
    from vae.models.config import ModelConfig

__all__ = ["NETWORKS", "Network", "check_network", "parts_of", "register"]


@dataclass(frozen=True)
class Network:
    """One kind of network.

    Attributes:
        key: value of `ModelConfig.network`.
        title: one or two words.
        meaning: one sentence.
        source: paper; "" if there is none.
        settings: names of the fields of `ModelConfig` that it uses, except those that every network uses.
        encode: adds the encoder's layers to a stack whose input is an image. The heads of z are added after them.
        decode: adds the decoder's layers to a stack whose input is a code. The last one outputs logits of the image's
            shape.
        check: raises ValueError if settings do not fit it.
    """

    key: str
    title: str
    meaning: str
    source: str
    settings: tuple[str, ...]
    encode: Callable[[Stack, ModelConfig], None]
    decode: Callable[[Stack, ModelConfig], None]
    check: Callable[[ModelConfig], None] = lambda config: None


NETWORKS: Registry[Network] = Registry("network")


def register(network: Network) -> Network:
    """Add a network to `NETWORKS`.

    Raises:
        ValueError: the key is taken.
    """
    if network.key == "imported":
        raise ValueError("there is a network 'imported' already")
    return NETWORKS.register(network)


def check_network(config: ModelConfig) -> None:
    """Refuse settings from which no network can be built.

    Raises:
        ValueError: with the reason.
    """
    NETWORKS[config.network].check(config)
    parts_of(config)


def parts_of(config: ModelConfig) -> dict[str, Part]:
    """Return the "encoder" and "decoder" of a configuration.

    The encoder outputs z_mean and, in a variational model, z_log_var, `(latent_dim,)` each. The decoder takes a code,
    `(code_dim,)`, and outputs one logit for each pixel value.

    Raises:
        ValueError: a layer is unknown or does not fit, or an output has the wrong shape.
    """
    return dict(_parts_of(NETWORKS[config.network], config))


@lru_cache(maxsize=256)
def _parts_of(network: Network, config: ModelConfig) -> tuple[tuple[str, Part], ...]:
    encoder = Stack(config.image_shape)
    network.encode(encoder, config)
    if len(encoder.shape) != 1:
        raise ValueError(f"the encoder of {network.key} outputs the shape {encoder.shape}, not a vector")
    features = encoder.last
    names = ("z_mean", "z_log_var") if config.variational else ("z_mean",)
    heads = tuple(encoder.add("Dense", name, inputs=(features,), units=config.latent_dim) for name in names)
    decoder = Stack((config.code_dim,))
    network.decode(decoder, config)
    if decoder.shape != config.image_shape:
        raise ValueError(f"the decoder of {network.key} outputs the shape {decoder.shape}, not {config.image_shape}")
    return (("encoder", encoder.finish(heads)), ("decoder", decoder.finish()))
