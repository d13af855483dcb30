"""A network as rows of words and numbers, layer by layer: for a drawing, a table, a person."""

from dataclasses import dataclass
from math import prod
from typing import Literal

from vae.kinds import LIKELIHOODS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.graph import Graph
from vae.models.networks.layer import Layer as GraphLayer
from vae.models.networks.plan import BLOCK_KERNEL, KERNEL, LayerPlan, decoder_plan, encoder_plan, prior_plan

__all__ = ["Layer", "layers_of"]

Part = Literal["encoder", "decoder", "prior", "likelihood"]

_KINDS = {
    "conv": f"convolution {KERNEL}×{KERNEL}, stride 2",
    "conv_transpose": f"transposed convolution {KERNEL}×{KERNEL}, stride 2",
    "dense": "dense",
    "flatten": "flatten",
    "reshape": "reshape",
    "residual": f"residual block, two convolutions {BLOCK_KERNEL}×{BLOCK_KERNEL}",
}


@dataclass(frozen=True)
class Layer:
    """One row.

    Attributes:
        name: unique within its part.
        kind: what it does, in words.
        input_shape, output_shape: without the batch axis.
        parameters: weights, as an exact integer.
        activation: its name, or "".
        beside: it is parallel to the row before it and takes nothing from it: the second head of an encoder.
    """

    part: Part
    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    activation: str = ""
    beside: bool = False


def layers_of(config: ModelConfig | ImportedConfig) -> list[Layer]:
    """Every layer of a model in the order of its data, encoder first; their parameters add up to the model's.

    A flow prior is a row for each of its couplings; a likelihood with a width of its own has a row for that weight. A
    network that ONNX holds is one row: its layers are known to onnxruntime alone.
    """
    if isinstance(config, ImportedConfig):
        return [row for part, network in config.networks.items() for row in _imported(part, network)]
    rows = [_row("encoder", plan, beside=plan.name == "z_log_var") for plan in encoder_plan(config)]
    rows += [_row("decoder", plan) for plan in decoder_plan(config)]
    rows += _prior(config)
    if width := LIKELIHOODS[config.likelihood].width:
        rows.append(Layer("likelihood", width, "one width for all pixels", (), (), 1))
    return rows


def _row(part: Part, plan: LayerPlan, beside: bool = False) -> Layer:
    kind, activation = _KINDS[plan.kind], plan.activation or ""
    return Layer(part, plan.name, kind, plan.input_shape, plan.output_shape, _weights(plan), activation, beside)


def _prior(config: ModelConfig) -> list[Layer]:
    """A row for each coupling of four layers of a flow, else one for each layer."""
    plans = prior_plan(config)
    if config.prior != "realnvp":
        return [_row("prior", plan) for plan in plans]
    return [_coupling(start // 4, plans[start : start + 4]) for start in range(0, len(plans), 4)]


def _coupling(index: int, plans: list[LayerPlan]) -> Layer:
    latent, hidden = plans[0].input_shape, plans[0].output_shape
    kind = f"affine coupling, two hidden layers of {hidden[0]}"
    return Layer("prior", f"coupling_{index}", kind, latent, latent, sum(map(_weights, plans)), plans[0].activation)


def _imported(part: Part, network: Graph | OnnxPart) -> list[Layer]:
    if isinstance(network, OnnxPart):
        return _onnx(part, network)
    shapes, rows = network.shapes(), []
    before = ("input",)  # names of the layers one step nearer to the input
    for together in _by_depth(network):
        for number, layer in enumerate(together):
            inputs = [shapes[name] for name in layer.inputs]
            activation = getattr(layer, "activation", "linear").removeprefix("linear")
            kind = _words(layer)
            if len(layer.inputs) > 1 or layer.inputs != before:  # not simply what the layer drawn before it gives
                kind += f" of {', '.join(layer.inputs)}"
            weights = sum(map(prod, layer.weight_shapes(inputs).values()))
            rows.append(Layer(part, layer.name, kind, inputs[0], shapes[layer.name], weights, activation, number > 0))
        before = tuple(layer.name for layer in together)
    return rows


def _by_depth(network: Graph) -> list[list[GraphLayer]]:
    """Layers that are as many steps from the input as each other, in the order of the graph: parallel ones together."""
    depths = {"input": 0}
    groups: dict[int, list[GraphLayer]] = {}
    for layer in network.layers:
        depths[layer.name] = depth = 1 + max(depths[name] for name in layer.inputs)
        groups.setdefault(depth, []).append(layer)
    return [groups[depth] for depth in sorted(groups)]


def _onnx(part: Part, network: OnnxPart) -> list[Layer]:
    """One row for each output; the weights are told once."""
    return [
        Layer(
            part, f"{part}.onnx" if number == 0 else f"output_{number}", "ONNX network, run by onnxruntime",
            network.input_shape, shape, 0 if number else network.parameters, beside=number > 0,
        )
        for number, shape in enumerate(network.output_shapes)
    ]  # fmt: skip


def _words(layer: GraphLayer) -> str:
    """Keras' name of its class, with the kernel and the stride of a convolution."""
    words, size = layer.kind, getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size:
        words += f" {'×'.join(map(str, size))}"
    strides = getattr(layer, "strides", None)
    if strides and set(strides) != {1}:
        words += f", stride {strides[0] if len(set(strides)) == 1 else '×'.join(map(str, strides))}"
    return words


def _weights(plan: LayerPlan) -> int:
    return sum(prod(shape) for shape in plan.weight_shapes.values())
