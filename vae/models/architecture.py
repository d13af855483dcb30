"""A network as rows of words and numbers, layer by layer: for a drawing, a table, a person."""

from dataclasses import dataclass
from math import prod
from typing import Literal

from vae.kinds import LIKELIHOODS, PRIORS
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.graph import Graph, GraphShapes
from vae.models.networks.layer import Layer as GraphLayer
from vae.models.networks.layer import Shape

__all__ = ["Layer", "layers_of"]

PartName = Literal["encoder", "decoder", "prior", "likelihood"]

_WORDS = {
    "Conv2D": "convolution",
    "Conv2DTranspose": "transposed convolution",
    "Dense": "dense",
    "Flatten": "flatten",
    "Reshape": "reshape",
}
_COUNTS = {1: "one convolution", 2: "two convolutions", 3: "three convolutions"}


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

    part: PartName
    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    activation: str = ""
    beside: bool = False


def layers_of(config: ModelConfig | ImportedConfig) -> list[Layer]:
    """Every layer of a model in the order of its data, encoder first; their parameters add up to the model's.

    A block of layers is one row, as is each coupling of a flow prior; a likelihood with a width of its own has a row
    for that weight. A network that ONNX holds is one row: its layers are known to onnxruntime alone.
    """
    rows = []
    for part, network in config.networks.items():
        rows += _onnx(part, network) if isinstance(network, OnnxPart) else _rows(part, network)
    rows += [_coupling(index, part.graph) for index, part in enumerate(PRIORS[config.prior].parts(config))]
    if not config.gives_pictures and (width := LIKELIHOODS[config.likelihood].width):
        rows.append(Layer("likelihood", width, "one width for all pixels", (), (), 1))
    return rows


class _Block:
    """The layers of one row: a single one, or those named `block/part` with the one named `block`.

    Attributes:
        inputs: what they take from outside.
    """

    def __init__(self, name: str, layers: list[GraphLayer]):
        self.name, self.layers = name, layers
        own = {layer.name for layer in layers}
        self.inputs = tuple(dict.fromkeys(source for layer in layers for source in layer.inputs if source not in own))


def _rows(part: PartName, network: Graph) -> list[Layer]:
    shapes, rows = network.shapes(), []
    before = ("input",)  # names of the layers one step nearer to the input
    for together in _by_depth(network):
        for number, block in enumerate(together):
            kind, activation = _described(block)
            if len(block.inputs) > 1 or block.inputs != before:  # not simply what the layer drawn before it gives
                kind += f" of {', '.join(block.inputs)}"
            taken, given = shapes[block.inputs[0]], shapes[block.layers[-1].name]
            rows.append(
                Layer(part, block.name, kind, taken, given, _weights(block.layers, shapes), activation, number > 0)
            )
        before = tuple(block.layers[-1].name for block in together)
    return rows


def _by_depth(network: Graph) -> list[list[_Block]]:
    """Rows that are as many steps from the input as each other, in the order of the graph: parallel ones together."""
    members: dict[str, list[GraphLayer]] = {}
    for layer in network.layers:
        members.setdefault(layer.name.partition("/")[0], []).append(layer)
    depths = {"input": 0}
    groups: dict[int, list[_Block]] = {}
    for name, layers in members.items():
        block = _Block(name, layers)
        depth = 1 + max(depths[source] for source in block.inputs)
        depths |= dict.fromkeys((layer.name for layer in layers), depth)
        groups.setdefault(depth, []).append(block)
    return [groups[depth] for depth in sorted(groups)]


def _described(block: _Block) -> tuple[str, str]:
    """What a row does, in words, and its activation."""
    activations = [getattr(layer, "activation", "linear").removeprefix("linear") for layer in block.layers]
    activation = next(filter(None, activations), "")
    if len(block.layers) == 1:
        return _words(block.layers[0]), activation
    kernels = [layer.kernel_size for layer in block.layers if layer.kind == "Conv2D"]
    if block.layers[-1].kind != "Add" or not kernels:
        return f"block of {len(block.layers)} layers", activation
    count = _COUNTS.get(len(kernels), f"{len(kernels)} convolutions")
    return f"residual block, {count} {'×'.join(map(str, kernels[0]))}", activation


def _weights(layers: list[GraphLayer], shapes: GraphShapes) -> int:
    return sum(prod(shape) for layer in layers for shape in _weight_shapes(layer, shapes).values())


def _weight_shapes(layer: GraphLayer, shapes: GraphShapes) -> dict[str, Shape]:
    return layer.weight_shapes([shapes[name] for name in layer.inputs])


def _coupling(index: int, network: Graph) -> Layer:
    """One row for a network of the prior: an affine coupling of a flow, or what its first layer is."""
    shapes, first = network.shapes(), network.layers[0]
    weights = _weights(list(network.layers), shapes)
    if not first.name.startswith("coupling_"):
        return Layer("prior", first.name, _words(first), network.input_shape, shapes[first.name], weights)
    kind = f"affine coupling, two hidden layers of {shapes[first.name][0]}"
    latent = network.input_shape
    return Layer("prior", f"coupling_{index}", kind, latent, latent, weights, getattr(first, "activation", ""))


def _onnx(part: PartName, network: OnnxPart) -> list[Layer]:
    """One row for each output; the weights are told once."""
    return [
        Layer(
            part, f"{part}.onnx" if number == 0 else f"output_{number}", "ONNX network, run by onnxruntime",
            network.input_shape, shape, 0 if number else network.parameters, beside=number > 0,
        )
        for number, shape in enumerate(network.output_shapes)
    ]  # fmt: skip


def _words(layer: GraphLayer) -> str:
    """What it does, by Keras' name where there is no plainer word, with the kernel and the stride of a convolution."""
    words = _WORDS.get(layer.kind, layer.kind)
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size:
        words += f" {'×'.join(map(str, size))}"
    strides = getattr(layer, "strides", None)
    if strides and set(strides) != {1}:
        words += f", stride {strides[0] if len(set(strides)) == 1 else '×'.join(map(str, strides))}"
    return words
