"""Converts a network to the form of bundles: see `vae.models.imported_config`.

The conversions are added before and after the network, as layers or ONNX operators. So a bundle needs no record of
pixel formats or layouts.
"""

from math import prod

import numpy as np
from pydantic import TypeAdapter, ValidationError

from vae.errors import ImportRefusedError
from vae.formats.importing.draft import Draft, FoundNetwork
from vae.formats.importing.interpretation import Choices, Head
from vae.formats.importing.onnx_surroundings import surround
from vae.formats.importing.pixel_formats import Layout, Pixels
from vae.formats.importing.posterior_scale import Spread
from vae.message import message
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.graph import Graph
from vae.models.networks.layer import Layer, Shape
from vae.models.networks.layers import LAYERS, Activation, Clip, Dense, Log, Permute, Rescaling, Reshape
from vae.validation import first_fault

__all__ = ["Parts", "canonical_config"]

# Weights by name, and ONNX files by part: "encoder" or "decoder".
Parts = tuple[dict[str, np.ndarray], dict[str, bytes]]

_LAYER: TypeAdapter[LAYERS] = TypeAdapter(LAYERS)


def canonical_config(
    draft: Draft, contents: dict[str, tuple[dict[str, np.ndarray], bytes]], choices: Choices
) -> tuple[ImportedConfig, Parts]:
    """Return the config, the weights by full name, and the ONNX files by part.

    Args:
        contents: weights and ONNX file of each network, see `draft.read_part`.

    Raises:
        ImportRefusedError: the choices do not fit the networks.
    """
    for _, pixels in filter(None, (choices.taken, choices.given)):
        pixels.check(choices.image_shape[2])
    networks: dict[str, Graph | OnnxPart] = {}
    weights: dict[str, np.ndarray] = {}
    onnx: dict[str, bytes] = {}
    for name, found in (("encoder", draft.encoder), ("decoder", draft.decoder)):
        if found is None:
            continue
        own, data = contents[name]
        if found.network.kind == "onnx":
            part, onnx[name] = _surrounded(found, data, choices, name == "encoder")
        else:
            part, own = _rebuilt(found.network, own, choices, name == "encoder")
            weights |= {f"{name}/{key}": array for key, array in own.items()}
        networks[name] = part
    height, width, channels = choices.image_shape
    try:
        config = ImportedConfig(
            image_shape=(height, width, channels),
            latent_dim=choices.latent_dim,
            variational=choices.log_var is not None or draft.encoder is None,
            encoder=networks.get("encoder"),
            decoder=networks["decoder"],
        )
    except ValidationError as error:
        raise ImportRefusedError(
            message("This interpretation does not fit the model: {first_fault}.", first_fault=first_fault(error)),
            "Choose another one.",
        ) from None
    return config, (weights, onnx)


def _rebuilt(
    graph: Graph, weights: dict[str, np.ndarray], choices: Choices, encodes: bool
) -> tuple[Graph, dict[str, np.ndarray]]:
    """Add the conversions to a graph as layers; return it with the weights that are still used."""
    before = _Chain("input")
    inner, weights = list(graph.layers), dict(weights)
    input_shape: Shape
    if encodes:
        if choices.taken is None:  # never: the choices for an encoder have it
            raise ImportRefusedError("The pixel format of the encoder's input is missing.", "Choose one.")
        layout, pixels = choices.taken
        input_shape = choices.image_shape
        _from_unit(before, pixels)
        _into_layout(before, layout, input_shape, graph.input_shape)
    else:
        input_shape = (choices.latent_dim,)
        before.reshape(input_shape, graph.input_shape)
    outputs, after = [], []
    heads = [head for head in (choices.mean, choices.log_var) if head] if encodes else [Head(0)]
    shapes = graph.shapes()
    for number, head in enumerate(heads):
        name = graph.outputs[head.output]
        shape = shapes[name]
        if head.part is not None:
            inner, weights, name = _halved(inner, weights, name, head.part, choices.latent_dim)
            shape = (choices.latent_dim,)
        chain = _Chain(name, f"out{number}_")
        if encodes:
            chain.reshape(shape, (choices.latent_dim,))
            if number == 1:
                _into_log_variance(chain, choices.spread)
        else:
            _out_of_layout(chain, choices.given[0], shape, choices.image_shape)
            _to_unit(chain, choices.given[1])
        after += chain.layers
        outputs.append(chain.last)
    moved = [
        layer.model_copy(update={"inputs": tuple(before.last if one == "input" else one for one in layer.inputs)})
        for layer in inner
    ]
    used = _used([*before.layers, *moved, *after], outputs)
    kept = {f"{layer.name}/{weight}" for layer in used for weight in _weights_of(layer, weights)}
    return Graph(input_shape=input_shape, layers=tuple(used), outputs=tuple(outputs)), {
        key: weights[key] for key in weights if key in kept
    }


class _Chain:
    """A chain of added layers, each of which takes the output of the one before."""

    def __init__(self, start: str, prefix: str = "in_"):
        self.layers: list[LAYERS] = []
        self.last = start
        self._prefix = f"zscope.{prefix}"  # a name in the file may contain a dot, but the added layers are found first

    def add(self, kind: type[Layer], **settings) -> None:
        name = f"{self._prefix}{len(self.layers)}"
        settings |= {"kind": kind.__name__, "name": name, "inputs": (self.last,)}
        self.layers.append(_LAYER.validate_python(settings))
        self.last = name

    def reshape(self, shape: Shape, target: Shape) -> None:
        if shape != target:
            if prod(shape) != prod(target):
                raise ImportRefusedError(
                    message("Cannot reshape {shape} to {target}.", shape=shape, target=target),
                    "Choose another interpretation.",
                )
            self.add(Reshape, target_shape=tuple(target))


def _from_unit(chain: _Chain, pixels: Pixels) -> None:
    if pixels.changes:
        chain.add(Rescaling, scale=pixels.scale, offset=pixels.offset)


def _to_unit(chain: _Chain, pixels: Pixels) -> None:
    if pixels.logits:
        chain.add(Activation, activation="sigmoid")
    elif pixels.changes:
        scale, offset = pixels.inverse
        chain.add(Rescaling, scale=scale, offset=offset)


def _into_log_variance(chain: _Chain, spread: Spread) -> None:
    if not spread.logged:
        least, most = spread.bounds
        chain.add(Clip, x_min=least, x_max=most)
        chain.add(Log)
    if spread.power != 1:
        chain.add(Rescaling, scale=float(spread.power))


def _into_layout(chain: _Chain, layout: Layout, image: Shape, shape: Shape) -> None:
    if layout in ("chw", "flat-chw"):
        chain.add(Permute, dims=(3, 1, 2))
        image = (image[2], image[0], image[1])
    chain.reshape(image, shape)


def _out_of_layout(chain: _Chain, layout: Layout, shape: Shape, image: Shape) -> None:
    if layout in ("chw", "flat-chw"):
        chain.reshape(shape, (image[2], image[0], image[1]))
        chain.add(Permute, dims=(2, 3, 1))
    else:
        chain.reshape(shape, image)


def _halved(layers: list[LAYERS], weights, name: str, part: int, size: int):
    """Add a dense layer that computes one half of a dense layer's output; return the layers, weights and its name."""
    layer = next((one for one in layers if one.name == name), None)
    if not isinstance(layer, Dense) or layer.units != 2 * size:
        raise ImportRefusedError(
            "Mean and log-variance are in one output that is not computed by a dense layer.",
            "Save the model with two outputs.",
        )
    half = f"zscope.half_{part}"
    weights = weights | {
        f"{half}/{key.rsplit('/', 1)[1]}": array[..., part * size : (part + 1) * size].copy()
        for key, array in weights.items()
        if key.rsplit("/", 1)[0] == name
    }
    return [*layers, layer.model_copy(update={"name": half, "units": size})], weights, half


def _used(layers: list[LAYERS], outputs: list[str]) -> list[LAYERS]:
    """Return the layers that the outputs depend on, in their order."""
    needed = set(outputs)
    for layer in reversed(layers):
        if layer.name in needed:
            needed |= set(layer.inputs)
    return [layer for layer in layers if layer.name in needed]


def _weights_of(layer: Layer, weights) -> list[str]:
    return [key.rsplit("/", 1)[1] for key in weights if key.rsplit("/", 1)[0] == layer.name]


def _surrounded(found: FoundNetwork, data: bytes, choices: Choices, encodes: bool) -> tuple[OnnxPart, bytes]:
    """Add the conversions to an ONNX network as operators; return its description and the new file."""
    file = found.network
    if file.kind != "onnx":  # never: the caller asked
        raise ImportRefusedError(message("{source} is not an ONNX file.", source=found.source), "Choose another file.")
    if encodes:
        heads = [head for head in (choices.mean, choices.log_var) if head]
        data = surround(
            data,
            file,
            before=choices.taken,
            image_shape=choices.image_shape,
            heads=[(file.tensor_names[head.output], head.part) for head in heads],
            latent_dim=choices.latent_dim,
            spread=choices.spread,
        )
        taken, shapes = choices.image_shape, ((choices.latent_dim,),) * len(heads)
    else:
        data = surround(
            data,
            file,
            after=choices.given,
            image_shape=choices.image_shape,
            heads=[(file.tensor_names[0], None)],
            latent_dim=choices.latent_dim,
        )
        taken, shapes = (choices.latent_dim,), (choices.image_shape,)
    from vae.formats.bundle.onnx_file import parse_onnx, weight_count

    parameters = weight_count(parse_onnx(data, found.source))
    return OnnxPart(input_shape=taken, output_shapes=shapes, batch=file.batch, parameters=parameters), data
