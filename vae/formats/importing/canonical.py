"""From a network as it came to the form that bundles keep: see `vae.models.imported_config`.

What that takes is put before and behind it as layers of its own kind, so that nothing has to remember it.
"""

from math import prod

import numpy as np
from pydantic import ValidationError

from vae.errors import ImportRefusedError
from vae.formats.importing.draft import Draft, FoundNetwork
from vae.formats.importing.interpretation import Choices, Head
from vae.formats.importing.onnx_surroundings import surround
from vae.formats.importing.pixel_formats import Layout, Pixels
from vae.formats.importing.posterior_scale import Spread
from vae.models.imported_config import ImportedConfig, OnnxPart
from vae.models.networks.graph import Graph
from vae.models.networks.layer import Layer, Shape
from vae.models.networks.layers import Activation, Clip, Dense, Log, Permute, Rescaling, Reshape
from vae.validation import first_fault

__all__ = ["Parts", "canonical_config"]

# By part, "encoder" or "decoder": weights as (files' names, arrays), and ONNX files.
Parts = tuple[dict[str, np.ndarray], dict[str, bytes]]


def canonical_config(
    draft: Draft, contents: dict[str, tuple[dict[str, np.ndarray], bytes]], choices: Choices
) -> tuple[ImportedConfig, Parts]:
    """The config, the weights by their full names, and the ONNX files by part.

    Args:
        contents: of each network there is, see `draft.read_part`.

    Raises:
        ImportRefusedError: the choices do not fit the networks.
    """
    channels = choices.image_shape[2]
    for _, pixels in filter(None, (choices.taken, choices.given)):
        if not pixels.fits(channels):
            raise ImportRefusedError(
                f"Pixels {pixels.title} have another number of channels than {channels}.", "Choose others."
            )
    networks, weights, onnx = {}, {}, {}
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
    try:
        config = ImportedConfig(
            image_shape=choices.image_shape,
            latent_dim=choices.latent_dim,
            variational=choices.log_var is not None or draft.encoder is None,
            encoder=networks.get("encoder"),
            decoder=networks["decoder"],
        )
    except ValidationError as error:
        raise ImportRefusedError(
            f"These readings do not fit the model: {first_fault(error)}.", "Choose others."
        ) from None
    return config, (weights, onnx)


def _rebuilt(graph: Graph, weights, choices: Choices, encodes: bool) -> tuple[Graph, dict[str, np.ndarray]]:
    before = _Chain("input")
    inner, weights = list(graph.layers), dict(weights)
    if encodes:
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
    """Layers one behind the other."""

    def __init__(self, start: str, prefix: str = "in_"):
        self.layers: list[Layer] = []
        self.last = start
        self._prefix = f"zscope.{prefix}"  # a stranger's name can hold a dot, but ours are looked for first

    def add(self, kind: type[Layer], **settings) -> None:
        name = f"{self._prefix}{len(self.layers)}"
        self.layers.append(kind(kind=kind.__name__, name=name, inputs=(self.last,), **settings))
        self.last = name

    def reshape(self, shape: Shape, target: Shape) -> None:
        if shape != target:
            if prod(shape) != prod(target):
                raise ImportRefusedError(f"{target} cannot be made of {shape}.", "Choose another reading.")
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


def _halved(layers: list[Layer], weights, name: str, part: int, size: int):
    """One half of what a dense layer puts out, as a layer of its own."""
    layer = next((one for one in layers if one.name == name), None)
    if not isinstance(layer, Dense) or layer.units != 2 * size:
        raise ImportRefusedError(
            "Mean and log-variance lie in one output that no dense layer makes.", "Save the model with two outputs."
        )
    half = f"zscope.half_{part}"
    weights = weights | {
        f"{half}/{key.rsplit('/', 1)[1]}": array[..., part * size : (part + 1) * size].copy()
        for key, array in weights.items()
        if key.rsplit("/", 1)[0] == name
    }
    return [*layers, layer.model_copy(update={"name": half, "units": size})], weights, half


def _used(layers: list[Layer], outputs: list[str]) -> list[Layer]:
    """Those that the outputs are made of, in their order."""
    needed = set(outputs)
    for layer in reversed(layers):
        if layer.name in needed:
            needed |= set(layer.inputs)
    return [layer for layer in layers if layer.name in needed]


def _weights_of(layer: Layer, weights) -> list[str]:
    return [key.rsplit("/", 1)[1] for key in weights if key.rsplit("/", 1)[0] == layer.name]


def _surrounded(found: FoundNetwork, data: bytes, choices: Choices, encodes: bool) -> tuple[OnnxPart, bytes]:
    file = found.network
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
        shapes = ((choices.latent_dim,),) * len(heads)
        taken = choices.image_shape
    else:
        data = surround(
            data,
            file,
            after=choices.given,
            image_shape=choices.image_shape,
            heads=[(file.tensor_names[0], None)],
            latent_dim=choices.latent_dim,
        )
        shapes, taken = (choices.image_shape,), (choices.latent_dim,)
    from vae.formats.bundle.onnx_file import parse_onnx, weight_count

    parameters = weight_count(parse_onnx(data, found.source))
    return OnnxPart(input_shape=taken, output_shapes=shapes, batch=file.batch, parameters=parameters), data
