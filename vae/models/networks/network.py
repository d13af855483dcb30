"""The kinds of network that can be trained: each is one registered object."""

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
        key: `ModelConfig.network`.
        title: one or two words.
        meaning: one sentence.
        source: paper, or "" where it is common knowledge.
        settings: names of the fields of `ModelConfig` that it uses, beside those that every network has.
        encode: adds the encoder's layers to a stack that begins with an image; the heads of z are added behind them.
        decode: adds the decoder's layers to a stack that begins with a code; the last one puts out logits, of the
            image's shape.
        check: raises ValueError where settings do not fit it.
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
        ValueError: another one has that key.
    """
    if network.key == "imported":
        raise ValueError("there is a network 'imported' already")
    return NETWORKS.register(network)


def check_network(config: ModelConfig) -> None:
    """Refuse settings of which no network can be made.

    Raises:
        ValueError: with the reason.
    """
    NETWORKS[config.network].check(config)
    parts_of(config)


def parts_of(config: ModelConfig) -> dict[str, Part]:
    """The network of a configuration: "encoder" and "decoder".

    The encoder's outputs are z_mean, and z_log_var of a variational model, `(latent_dim,)` each; the decoder takes a
    code, `(code_dim,)`, and puts out one logit for each pixel value.

    Raises:
        ValueError: a layer is unknown or does not fit, or the decoder puts out another shape.
    """
    return dict(_parts_of(NETWORKS[config.network], config))


@lru_cache(maxsize=256)
def _parts_of(network: Network, config: ModelConfig) -> tuple[tuple[str, Part], ...]:
    encoder = Stack(config.image_shape)
    network.encode(encoder, config)
    if len(encoder.shape) != 1:
        raise ValueError(f"the encoder of {network.key} puts out the shape {encoder.shape}, not a vector")
    features = encoder.last
    names = ("z_mean", "z_log_var") if config.variational else ("z_mean",)
    heads = tuple(encoder.add("Dense", name, inputs=(features,), units=config.latent_dim) for name in names)
    decoder = Stack((config.code_dim,))
    network.decode(decoder, config)
    if decoder.shape != config.image_shape:
        raise ValueError(f"the decoder of {network.key} puts out the shape {decoder.shape}, not {config.image_shape}")
    return (("encoder", encoder.finish(heads)), ("decoder", decoder.finish()))
