"""A Keras archive's models → the networks that can be explored, as graphs: encoders, decoders, cut at the sampling."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from vae.errors import ImportRefusedError
from vae.formats.importing.keras_config import Node, RootModel
from vae.formats.importing.keras_layers import convert_layer
from vae.models.config import first_fault
from vae.models.networks.graph import Graph
from vae.models.networks.layer import Layer, Shape

__all__ = ["KerasNetwork", "networks_of"]

Reference = tuple[str, int]
_SPEAKING = "Save encoder and decoder as models of Keras' own layers, the sampling outside of them."


@dataclass(frozen=True)
class KerasNetwork:
    """One network, not yet with its weights.

    Attributes:
        name: the model's it comes from.
        graph: its layers.
        stores: by layer of the graph, where its weights lie in the archive.
        output_names: as the person called them.
        encodes: True where it ends in a sampling, False where it begins after one, None where there is none.
    """

    name: str
    graph: Graph
    stores: dict[str, str]
    output_names: tuple[str, ...]
    encodes: bool | None = None


def networks_of(root: RootModel) -> list[KerasNetwork]:
    """The networks of one model: two where a sampling stands in its middle.

    A sampling is a class of the person's own that takes two vectors of one size: it is cut out, what it computes is
    known.

    Raises:
        ImportRefusedError: a layer that is not known, or more inputs than one.
    """
    nodes = {node.path: node for node in root.nodes}
    samplings = [node for node in root.nodes if node.custom]
    if not samplings:
        return [_network(root, nodes, _only_input(root), root.outputs, None)]
    if len(samplings) > 1 or len(samplings[0].sources) != 2 or samplings[0].known:
        odd = next((node for node in samplings if len(node.sources) != 2 or node.known), samplings[-1])
        raise _unknown(odd)
    sampling = samplings[0]
    before = [output for output in root.outputs if not _leads(nodes, output, sampling.path)]
    heads = before if len(before) >= len(sampling.sources) else list(sampling.sources)
    given = _network(root, nodes, _only_input(root), list(sampling.sources), None).graph
    shapes = [given.shapes()[name] for name in given.outputs]
    if shapes[0] != shapes[1] or len(shapes[0]) != 1:
        raise ImportRefusedError(
            f"The layer {sampling.path[:60]} of the class {sampling.kind[:60]}, which is not Keras' own, takes "
            f"{shapes}: no mean and log-variance.",
            _SPEAKING,
        )
    encoder = _network(root, nodes, _only_input(root), heads, True)
    after = [output for output in root.outputs if _leads(nodes, output, sampling.path) and output[0] != sampling.path]
    if not after:
        return [encoder]
    return [encoder, _network(root, nodes, (sampling.path, 0), after[:1], False)]


def _unknown(node: Node) -> ImportRefusedError:
    """Why a layer is not read."""
    if node.known:
        return ImportRefusedError(
            f"The layer {node.path[:60]} is a {node.kind[:60]}, a layer of Keras that is not read here.",
            "Use other layers, or try the model as ONNX: model.export('decoder.onnx', format='onnx').",
        )
    return ImportRefusedError(
        f"The layer {node.path[:60]} is of the class {node.kind[:60]}, which is not Keras' own: the file does not say "
        "what it computes.",
        "Save the encoder without it, with mean and log-variance as its outputs, and the decoder by itself.",
    )


def _only_input(root: RootModel) -> Reference:
    if len(root.inputs) != 1:
        raise ImportRefusedError(
            f"The model {root.name[:60]} has {len(root.inputs)} inputs, one is known here.", _SPEAKING
        )
    return root.inputs[0]


def _leads(nodes: dict[str, Node], output: Reference, path: str) -> bool:
    """Whether an output comes from that node."""
    seen, waiting = set(), [output[0]]
    while waiting:
        name = waiting.pop()
        if name == path:
            return True
        if name not in seen:
            seen.add(name)
            waiting += [source for source, _ in nodes[name].sources]
    return False


def _network(root, nodes: dict[str, Node], start: Reference, outputs: list[Reference], encodes) -> KerasNetwork:
    """The layers between one tensor and others."""
    needed, waiting = set(), [name for name, _ in outputs]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [] if name == start[0] else [source for source, _ in nodes[name].sources]
    shape = _start_shape(root, nodes, start)
    names: dict[str, str] = {start[0]: "input"}
    shapes: dict[str, Shape] = {"input": shape}
    layers: list[Layer] = []
    stores = {}
    fresh = _namer()
    for node in root.nodes:
        if node.path not in needed or node.path == start[0]:
            continue
        if node.custom:
            raise _unknown(node)
        if node.kind == "InputLayer":
            raise ImportRefusedError(f"The layer {node.path[:60]} is another input.", _SPEAKING)
        name = names[node.path] = fresh(node.path)
        inputs = [names[source] for source, _ in node.sources]
        layer = convert_layer(node.kind, node.config, name, inputs, [shapes[source] for source in inputs])
        shapes[name] = layer.output_shape([shapes[source] for source in inputs])
        layers.append(layer)
        stores[name] = node.store
    try:
        graph = Graph(input_shape=shape, layers=tuple(layers), outputs=tuple(names[output] for output, _ in outputs))
        graph.check_work()
    except ValidationError as error:
        raise ImportRefusedError(f"The model {root.name[:60]}: {first_fault(error)}.", _SPEAKING) from None
    except ValueError as error:
        raise ImportRefusedError(f"The model {root.name[:60]}: {error}.", _SPEAKING) from None
    return KerasNetwork(root.name, graph, stores, tuple(path.rsplit("/", 1)[-1] for path, _ in outputs), encodes)


def _start_shape(root: RootModel, nodes: dict[str, Node], start: Reference) -> Shape:
    node = nodes[start[0]]
    if node.custom:  # what follows a sampling takes what the mean has
        mean = node.sources[0]
        network = _network(root, nodes, _only_input(root), [mean], None)
        return network.graph.shapes()[network.graph.outputs[0]]
    shape = node.config.get("batch_shape") or node.config.get("batch_input_shape")
    sides = shape[1:] if isinstance(shape, list) else []
    if not sides or not all(type(side) is int and 0 < side <= 65_536 for side in sides):
        raise ImportRefusedError(
            f"The model {root.name[:60]} takes inputs of the shape {str(shape)[:80]}.",
            "Save it with a fixed size of its input.",
        )
    return tuple(sides)


def _namer() -> Callable[[str], str]:
    """Names for a graph's layers, each once: what strangers call them, without signs that could mean anything."""
    taken = {"input"}

    def fresh(path: str) -> str:
        base = re.sub(r"[^A-Za-z0-9_.-]+", "_", path)[-48:] or "layer"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        return name

    return fresh
