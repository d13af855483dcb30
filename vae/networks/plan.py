"""The layers of a network as a plain list: shapes known before anything is built.

The same plan builds the Keras layers (`vae.networks.build`) and tells a bundle's reader which weights, of which shapes,
a file must hold (`weight_shapes`), so that a hostile or broken file is refused before memory is spent on it.
"""

from dataclasses import dataclass
from math import prod
from typing import Literal

from vae.config import ModelConfig

__all__ = ["LayerPlan", "decoder_plan", "encoder_plan", "parameter_count", "weight_shapes"]

# Kernel 4 with stride 2 covers every pixel equally often, so a transposed convolution leaves no chequerboard
# (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
KERNEL = 4


@dataclass(frozen=True)
class LayerPlan:
    """One layer: shapes without the batch axis."""

    name: str
    kind: Literal["conv", "conv_transpose", "dense", "flatten", "reshape"]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    activation: str | None = None

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """`{"kernel": …, "bias": …}` in Keras' own layout; empty for layers without weights."""
        inputs, outputs = self.input_shape[-1], self.output_shape[-1]
        kernel = {
            "conv": (KERNEL, KERNEL, inputs, outputs),
            "conv_transpose": (KERNEL, KERNEL, outputs, inputs),
            "dense": (inputs, outputs),
        }.get(self.kind)
        return {"kernel": kernel, "bias": (outputs,)} if kernel else {}


def encoder_plan(config: ModelConfig) -> list[LayerPlan]:
    """x → halving convolutions → dense; the two heads of z are its last two layers, both fed by the dense one."""
    layers = []
    shape = config.image_shape
    for index, width in enumerate(config.widths):
        halved = (shape[0] // 2, shape[1] // 2, width)
        layers.append(LayerPlan(f"conv_{index}", "conv", shape, halved, config.activation))
        shape = halved
    flat = (prod(shape),)
    hidden, latent = (config.dense_units,), (config.latent_dim,)
    return [
        *layers,
        LayerPlan("flatten", "flatten", shape, flat),
        LayerPlan("hidden", "dense", flat, hidden, config.activation),
        LayerPlan("z_mean", "dense", hidden, latent),
        LayerPlan("z_log_var", "dense", hidden, latent),
    ]


def decoder_plan(config: ModelConfig) -> list[LayerPlan]:
    """z → dense → doubling transposed convolutions → one logit per pixel value.

    The last one goes straight to the image's channels: full-resolution feature maps are what costs on a CPU.
    """
    height, width, channels = config.image_shape
    step = 2 ** len(config.widths)
    shape = (height // step, width // step, config.widths[-1])
    hidden, flat = (config.dense_units,), (prod(shape),)
    layers = [
        LayerPlan("hidden", "dense", (config.latent_dim,), hidden, config.activation),
        LayerPlan("unflatten", "dense", hidden, flat, config.activation),
        LayerPlan("reshape", "reshape", flat, shape),
    ]
    for index, outputs in enumerate([*reversed(config.widths[:-1]), channels]):
        doubled = (shape[0] * 2, shape[1] * 2, outputs)
        last = index == len(config.widths) - 1
        name = "logits" if last else f"conv_{index}"
        layers.append(LayerPlan(name, "conv_transpose", shape, doubled, None if last else config.activation))
        shape = doubled
    return layers


def weight_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Every weight of the VAE: `{"encoder/conv_0/kernel": (4, 4, 1, 32), …}`."""
    shapes = {
        f"{part}/{layer.name}/{name}": shape
        for part, plan in (("encoder", encoder_plan(config)), ("decoder", decoder_plan(config)))
        for layer in plan
        for name, shape in layer.weight_shapes.items()
    }
    if config.likelihood == "gaussian":
        shapes["likelihood/log_sigma"] = ()
    return shapes


def parameter_count(config: ModelConfig) -> int:
    """Number of weights, as an exact integer."""
    return sum(prod(shape) for shape in weight_shapes(config).values())
