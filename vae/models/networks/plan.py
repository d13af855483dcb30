"""The layers of a network as a plain list: shapes known before anything is built.

The same plan builds the Keras layers (`vae.models.networks.build`) and tells a bundle's reader which weights, of
which shapes,
a file must hold (`weight_shapes`), so that a hostile or broken file is refused before memory is spent on it.
"""

from dataclasses import dataclass
from math import prod
from typing import Literal

from vae.kinds import LIKELIHOODS, PRIORS
from vae.models.config import ModelConfig

__all__ = [
    "LayerPlan",
    "coupling_plan",
    "decoder_plan",
    "encoder_plan",
    "multiply_adds",
    "parameter_count",
    "prior_plan",
    "weight_shapes",
]

# Kernel 4 with stride 2 covers every pixel equally often, so a transposed convolution leaves no chequerboard
# (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts").
KERNEL = 4
# Kernel of the two convolutions in a residual block.
BLOCK_KERNEL = 3


@dataclass(frozen=True)
class LayerPlan:
    """One layer: shapes without the batch axis."""

    name: str
    kind: Literal["conv", "conv_transpose", "dense", "flatten", "reshape", "residual"]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    activation: str | None = None

    @property
    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """`{"kernel": …, "bias": …}` in Keras' own layout; empty for layers without weights."""
        inputs, outputs = self.input_shape[-1], self.output_shape[-1]
        if self.kind == "residual":
            kernel = (BLOCK_KERNEL, BLOCK_KERNEL, outputs, outputs)
            half = {"gamma": (outputs,), "beta": (outputs,), "kernel": kernel, "bias": (outputs,)}
            places = {"gamma": "norm", "beta": "norm", "kernel": "conv", "bias": "conv"}
            return {f"{places[name]}_{i}/{name}": shape for i in (0, 1) for name, shape in half.items()}
        kernel = {
            "conv": (KERNEL, KERNEL, inputs, outputs),
            "conv_transpose": (KERNEL, KERNEL, outputs, inputs),
            "dense": (inputs, outputs),
        }.get(self.kind)
        return {"kernel": kernel, "bias": (outputs,)} if kernel else {}


def encoder_plan(config: ModelConfig) -> list[LayerPlan]:
    """x → features → the heads of z: its last two layers, or one for a plain autoencoder, all fed by the one before."""
    body = _dense_body(config) if config.network == "dense" else _conv_body(config)
    features, latent = body[-1].output_shape, (config.latent_dim,)
    heads = ("z_mean", "z_log_var") if config.variational else ("z_mean",)
    return [*body, *(LayerPlan(name, "dense", features, latent) for name in heads)]


def _dense_body(config: ModelConfig) -> list[LayerPlan]:
    shape = (prod(config.image_shape),)
    layers = [LayerPlan("flatten", "flatten", config.image_shape, shape)]
    for index, units in enumerate(config.widths):
        layers.append(LayerPlan(f"hidden_{index}", "dense", shape, (units,), config.activation))
        shape = (units,)
    return layers


def _conv_body(config: ModelConfig) -> list[LayerPlan]:
    """Halving convolutions, residual blocks after each where the network has them, then one dense layer."""
    layers = []
    shape = config.image_shape
    for index, width in enumerate(config.widths):
        halved = (shape[0] // 2, shape[1] // 2, width)
        # A residual block begins with its own activation: the convolution before it has none.
        activation = None if config.network == "residual" else config.activation
        layers.append(LayerPlan(f"conv_{index}", "conv", shape, halved, activation))
        layers += _blocks(config, f"conv_{index}", halved)
        shape = halved
    flat = (prod(shape),)
    return [
        *layers,
        LayerPlan("flatten", "flatten", shape, flat),
        LayerPlan("hidden", "dense", flat, (config.dense_units,), config.activation),
    ]


def decoder_plan(config: ModelConfig) -> list[LayerPlan]:
    """A code (z, and the class weights of a conditional model) → one logit per pixel value."""
    return _dense_decoder(config) if config.network == "dense" else _conv_decoder(config)


def _dense_decoder(config: ModelConfig) -> list[LayerPlan]:
    shape = (config.code_dim,)
    layers = []
    for index, units in enumerate(reversed(config.widths)):
        layers.append(LayerPlan(f"hidden_{index}", "dense", shape, (units,), config.activation))
        shape = (units,)
    flat = (prod(config.image_shape),)
    return [
        *layers,
        LayerPlan("logits", "dense", shape, flat),
        LayerPlan("image", "reshape", flat, config.image_shape),
    ]


def _conv_decoder(config: ModelConfig) -> list[LayerPlan]:
    """Dense, then doubling transposed convolutions, residual blocks before each where the network has them.

    The last one goes straight to the image's channels: full-resolution feature maps are what costs on a CPU.
    """
    height, width, channels = config.image_shape
    step = 2 ** len(config.widths)
    shape = (height // step, width // step, config.widths[-1])
    hidden, flat = (config.dense_units,), (prod(shape),)
    residual = config.network == "residual"
    layers = [
        LayerPlan("hidden", "dense", (config.code_dim,), hidden, config.activation),
        LayerPlan("unflatten", "dense", hidden, flat, None if residual else config.activation),
        LayerPlan("reshape", "reshape", flat, shape),
    ]
    for index, outputs in enumerate([*reversed(config.widths[:-1]), channels]):
        layers += _blocks(config, f"conv_{index}", shape)
        doubled = (shape[0] * 2, shape[1] * 2, outputs)
        last = index == len(config.widths) - 1
        name = "logits" if last else f"conv_{index}"
        linear = last or residual
        layers.append(LayerPlan(name, "conv_transpose", shape, doubled, None if linear else config.activation))
        shape = doubled
    return layers


def _blocks(config: ModelConfig, name: str, shape: tuple[int, ...]) -> list[LayerPlan]:
    count = config.blocks if config.network == "residual" else 0
    return [LayerPlan(f"{name}_block_{i}", "residual", shape, shape, config.activation) for i in range(count)]


def prior_plan(config: ModelConfig) -> list[LayerPlan]:
    """The prior's layers with weights; empty for N(0, I)."""
    return PRIORS[config.prior].layers(config)


def coupling_plan(config: ModelConfig) -> list[LayerPlan]:
    """The dense layers of a flow prior's couplings, four each."""
    latent, hidden = (config.latent_dim,), (config.prior_units,)
    return [
        layer
        for index in range(config.prior_blocks)
        for layer in (
            LayerPlan(f"coupling_{index}_hidden_0", "dense", latent, hidden, "relu"),
            LayerPlan(f"coupling_{index}_hidden_1", "dense", hidden, hidden, "relu"),
            LayerPlan(f"coupling_{index}_scale", "dense", hidden, latent),
            LayerPlan(f"coupling_{index}_shift", "dense", hidden, latent),
        )
    ]


def weight_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """Every weight of the VAE: `{"encoder/conv_0/kernel": (4, 4, 1, 32), …}`."""
    shapes = {
        f"{part}/{layer.name}/{name}": shape
        for part, plan in (
            ("encoder", encoder_plan(config)),
            ("decoder", decoder_plan(config)),
            ("prior", prior_plan(config)),
        )
        for layer in plan
        for name, shape in layer.weight_shapes.items()
    }
    if width := LIKELIHOODS[config.likelihood].width:
        shapes[f"likelihood/{width}"] = ()
    return shapes


def parameter_count(config: ModelConfig) -> int:
    """Number of weights, as an exact integer."""
    return sum(prod(shape) for shape in weight_shapes(config).values())


def multiply_adds(config: ModelConfig) -> int:
    """Multiplications with an addition to encode and decode one image: what a training step's time grows with."""
    return sum(_layer_multiply_adds(layer) for layer in [*encoder_plan(config), *decoder_plan(config)])


def _layer_multiply_adds(layer: LayerPlan) -> int:
    kernels = [prod(shape) for name, shape in layer.weight_shapes.items() if name.endswith("kernel")]
    # A kernel is applied at every place of the smaller picture: what a convolution puts out, what its transpose takes.
    picture = layer.input_shape if layer.kind == "conv_transpose" else layer.output_shape
    places = 1 if layer.kind == "dense" else prod(picture[:-1])
    return places * sum(kernels)
