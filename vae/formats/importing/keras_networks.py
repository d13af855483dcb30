"""Makes graphs of a Keras archive's models; a model is split at its sampling layer into encoder and decoder."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from vae.errors import ImportRefusedError
from vae.formats.importing.keras_config import Node, RootModel
from vae.formats.importing.keras_layers import convert_layer
from vae.message import N_, message
from vae.models.config import first_fault
from vae.models.networks.graph import Graph
from vae.models.networks.layer import Shape
from vae.models.networks.layers import LAYERS

__all__ = ["KerasNetwork", "networks_of"]

Reference = tuple[str, int]
_HINT = N_("Save encoder and decoder as models of Keras' own layers, with the sampling outside of them.")


@dataclass(frozen=True)
class KerasNetwork:
    """One network, without its weights.

    Attributes:
        name: of its model.
        graph: its layers.
        stores: path of the weights in the archive, by layer.
        output_names: names in the file.
        encodes: True if a sampling layer follows it, False if one precedes it, None if there is none.
    """

    name: str
    graph: Graph
    stores: dict[str, str]
    output_names: tuple[str, ...]
    encodes: bool | None = None


def networks_of(root: RootModel) -> list[KerasNetwork]:
    """Return the networks of one model: two if it contains a sampling layer.

    A sampling layer is a user-defined class with two vectors of the same size as inputs. It is removed: its computation
    is known.

    Raises:
        ImportRefusedError: a layer is not supported, or the model has several inputs.
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
            message(
                "The layer {path} has the class {kind}, which is not part of Keras. Its inputs {shapes} "
                "cannot be mean and log-variance.",
                path=sampling.path[:60],
                kind=sampling.kind[:60],
                shapes=shapes,
            ),
            _HINT,
        )
    encoder = _network(root, nodes, _only_input(root), heads, True)
    after = [output for output in root.outputs if _leads(nodes, output, sampling.path) and output[0] != sampling.path]
    if not after:
        return [encoder]
    return [encoder, _network(root, nodes, (sampling.path, 0), after[:1], False)]


def _unknown(node: Node) -> ImportRefusedError:
    """Return why a layer is not supported."""
    if node.known:
        return ImportRefusedError(
            message(
                "The layer {path} is a {kind}, a layer of Keras that is not supported.",
                path=node.path[:60],
                kind=node.kind[:60],
            ),
            "Use other layers, or try the model as ONNX: model.export('decoder.onnx', format='onnx').",
        )
    return ImportRefusedError(
        message(
            "The layer {path} has the class {kind}, which is not part of Keras: the file does not "
            "contain its computation.",
            path=node.path[:60],
            kind=node.kind[:60],
        ),
        "Save the encoder without it, with mean and log-variance as its outputs, and the decoder by itself.",
    )


def _only_input(root: RootModel) -> Reference:
    if len(root.inputs) != 1:
        raise ImportRefusedError(
            message("The model {name} has {n} inputs; one is supported.", name=root.name[:60], n=len(root.inputs)),
            _HINT,
        )
    return root.inputs[0]


def _leads(nodes: dict[str, Node], output: Reference, path: str) -> bool:
    """Return whether an output depends on the node at `path`."""
    seen, waiting = set(), [output[0]]
    while waiting:
        name = waiting.pop()
        if name == path:
            return True
        if name not in seen:
            seen.add(name)
            waiting += [source for source, _ in nodes[name].sources]
    return False


def _network(
    root: RootModel, nodes: dict[str, Node], start: Reference, outputs: list[Reference], encodes: bool | None
) -> KerasNetwork:
    """Return the network from one tensor to others."""
    needed, waiting = set(), [name for name, _ in outputs]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [] if name == start[0] else [source for source, _ in nodes[name].sources]
    shape = _start_shape(root, nodes, start)
    names: dict[str, str] = {start[0]: "input"}
    shapes: dict[str, Shape] = {"input": shape}
    layers: list[LAYERS] = []
    stores = {}
    fresh = _namer()
    for node in root.nodes:
        if node.path not in needed or node.path == start[0]:
            continue
        if node.custom:
            raise _unknown(node)
        if node.kind == "InputLayer":
            raise ImportRefusedError(message("The layer {path} is a second input.", path=node.path[:60]), _HINT)
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
        raise ImportRefusedError(
            message("The model {name}: {first_fault}.", name=root.name[:60], first_fault=first_fault(error)), _HINT
        ) from None
    except ValueError as error:
        raise ImportRefusedError(
            message("The model {name}: {error}.", name=root.name[:60], error=error), _HINT
        ) from None
    return KerasNetwork(root.name, graph, stores, tuple(path.rsplit("/", 1)[-1] for path, _ in outputs), encodes)


def _start_shape(root: RootModel, nodes: dict[str, Node], start: Reference) -> Shape:
    node = nodes[start[0]]
    if node.custom:  # a sample has the shape of the mean
        mean = node.sources[0]
        network = _network(root, nodes, _only_input(root), [mean], None)
        return network.graph.shapes()[network.graph.outputs[0]]
    shape = node.config.get("batch_shape") or node.config.get("batch_input_shape")
    sides = shape[1:] if isinstance(shape, list) else []
    if not sides or not all(type(side) is int and 0 < side <= 65_536 for side in sides):
        raise ImportRefusedError(
            message("The model {name} has an input of the shape {shape}.", name=root.name[:60], shape=str(shape)[:80]),
            "Save it with a fixed input size.",
        )
    return tuple(sides)


def _namer() -> Callable[[str], str]:
    """Return a function that makes unique layer names of the names in a file, without special characters."""
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
