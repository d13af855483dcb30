"""The layers of a model as rows of words and numbers, for drawings and tables."""

from dataclasses import dataclass
from math import prod

from vae.kinds import LIKELIHOODS, PRIORS
from vae.message import N_, message
from vae.models.config import ModelConfig
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.graph import Graph, GraphShapes
from vae.models.networks.layer import Layer as GraphLayer
from vae.models.networks.layer import Shape
from vae.models.networks.spatial_layers import Conv2D

__all__ = ["Layer", "layers_of"]

_WORDS = {
    "Conv2D": "convolution",
    "Conv2DTranspose": N_("transposed convolution"),
    "Dense": "dense",
    "Flatten": "flatten",
    "Reshape": "reshape",
}
_COUNTS = {1: N_("one convolution"), 2: N_("two convolutions"), 3: N_("three convolutions")}


@dataclass(frozen=True)
class Layer:
    """One row.

    Attributes:
        part: "encoder", "decoder", "prior" or "likelihood".
        name: unique within its part.
        kind: what the layer does, in words.
        input_shape, output_shape: without the batch axis.
        parameters: exact number of weights.
        activation: its name, or "".
        beside: True for a layer that is parallel to the previous row and takes nothing from it, such as the second head
            of an encoder.
    """

    part: str
    name: str
    kind: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    parameters: int
    activation: str = ""
    beside: bool = False


def layers_of(config: ModelConfig | ImportedConfig) -> list[Layer]:
    """Return all layers of a model in the order of computation, encoder first. Their parameters add up to the model's.

    A block of layers is one row, as is each coupling of a flow prior. A likelihood with a learned width has a row for
    that weight. A network in an ONNX file is one row, because only onnxruntime knows its layers.
    """
    rows: list[Layer] = []
    for part, network in config.networks.items():
        rows += _onnx(part, network) if isinstance(network, OnnxPart) else _rows(part, network)
    rows += [_coupling(index, part.graph) for index, part in enumerate(PRIORS[config.prior].parts(config))]
    if not config.gives_pictures and (width := LIKELIHOODS[config.likelihood].width):
        rows.append(Layer("likelihood", width, N_("one width for all pixels"), (), (), 1))
    return rows


class _Block:
    """The layers of one row: a single layer, or the layers named `block/part` and the one named `block`.

    Attributes:
        inputs: names of the layers outside the block that it takes.
    """

    def __init__(self, name: str, layers: list[GraphLayer]):
        self.name, self.layers = name, layers
        names = {layer.name for layer in layers}
        self.inputs = tuple(dict.fromkeys(source for layer in layers for source in layer.inputs if source not in names))


def _rows(part: str, network: Graph) -> list[Layer]:
    shapes = network.shapes()
    rows: list[Layer] = []
    previous: tuple[str, ...] = ("input",)  # names of the layers one step nearer to the input
    for parallel in _by_depth(network):
        for number, block in enumerate(parallel):
            input_shape = shapes[block.inputs[0]]
            kind, activation = _description(block)
            if len(block.inputs) > 1 or block.inputs != previous:  # other inputs than the row before it
                kind += f" of {', '.join(block.inputs)}"
            rows.append(
                Layer(
                    part=part,
                    name=block.name,
                    kind=kind,
                    input_shape=input_shape,
                    output_shape=shapes[block.layers[-1].name],
                    parameters=_weights(block.layers, shapes),
                    activation=activation,
                    beside=number > 0,
                )
            )
        previous = tuple(block.layers[-1].name for block in parallel)
    return rows


def _by_depth(network: Graph) -> list[list[_Block]]:
    """Group the rows by their distance from the input in layers; the rows of one group are parallel."""
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


def _description(block: _Block) -> tuple[str, str]:
    """Return what a row does, in words, and its activation."""
    activations = [getattr(layer, "activation", "linear").removeprefix("linear") for layer in block.layers]
    activation = next(filter(None, activations), "")
    if len(block.layers) == 1:
        return _words(block.layers[0]), activation
    kernels = [layer.kernel_size for layer in block.layers if isinstance(layer, Conv2D)]
    if block.layers[-1].kind != "Add" or not kernels:
        return message("block of {n} layers", n=len(block.layers)), activation
    count = _COUNTS.get(len(kernels), f"{len(kernels)} convolutions")
    return message("residual block, {count} {map}", count=count, map="×".join(map(str, kernels[0]))), activation


def _weights(layers: list[GraphLayer], shapes: GraphShapes) -> int:
    return sum(prod(shape) for layer in layers for shape in _weight_shapes(layer, shapes).values())


def _weight_shapes(layer: GraphLayer, shapes: GraphShapes) -> dict[str, Shape]:
    return layer.weight_shapes([shapes[name] for name in layer.inputs])


def _coupling(index: int, network: Graph) -> Layer:
    """Return the row of a network of the prior: an affine coupling of a flow, or another kind by its first layer."""
    shapes, first = network.shapes(), network.layers[0]
    weights = _weights(list(network.layers), shapes)
    if not first.name.startswith("coupling_"):
        return Layer("prior", first.name, _words(first), network.input_shape, shapes[first.name], weights)
    kind = message("affine coupling, two hidden layers of {shapes}", shapes=shapes[first.name][0])
    latent = network.input_shape
    return Layer("prior", f"coupling_{index}", kind, latent, latent, weights, getattr(first, "activation", ""))


def _onnx(part: str, network: OnnxPart) -> list[Layer]:
    """Return one row for each output. The first one counts all weights."""
    return [
        Layer(
            part, f"{part}.onnx" if number == 0 else f"output_{number}", N_("ONNX network, run by onnxruntime"),
            network.input_shape, shape, 0 if number else network.parameters, beside=number > 0,
        )
        for number, shape in enumerate(network.output_shapes)
    ]  # fmt: skip


def _words(layer: GraphLayer) -> str:
    """Describe a layer in words, or by its Keras name, with the kernel size and stride of a convolution."""
    words = _WORDS.get(layer.kind, layer.kind)
    size = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if size:
        words += f" {'×'.join(map(str, size))}"
    strides = getattr(layer, "strides", None)
    if strides and set(strides) != {1}:
        words += message(
            ", stride {value}", value=strides[0] if len(set(strides)) == 1 else "×".join(map(str, strides))
        )
    return words
