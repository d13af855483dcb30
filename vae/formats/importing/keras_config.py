"""Reads `config.json` of a Keras archive as data: no class is looked up, no function is called.

`keras_networks` makes graphs of it. `vae.models.networks.build_graph` builds the layers of a graph, of a fixed list.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from vae.errors import ImportRefusedError
from vae.formats.importing.foreign_formats import CONVERT_KERAS_2
from vae.formats.importing.keras_layers import IDENTITIES, KNOWN_LAYERS
from vae.formats.importing.keras_safety import HINT, parse_config
from vae.message import N_, message

__all__ = ["Node", "RootModel", "read_config"]

_MODELS = {"Functional", "Sequential"}


@dataclass(frozen=True)
class Node:
    """One layer of the configuration.

    Attributes:
        path: names from the root model to the layer; unique.
        kind: name of its class.
        config: Keras' settings.
        sources: its inputs, (path, index of the output) each.
        store: path of its weights in the weights file, relative to the root model.
        custom: whether the class is not in `KNOWN_LAYERS`.
        known: whether the class belongs to Keras, although it may not be in `KNOWN_LAYERS`.
    """

    path: str
    kind: str
    config: dict[str, Any]
    sources: tuple[tuple[str, int], ...]
    store: str
    custom: bool = False
    known: bool = False


@dataclass
class RootModel:
    """A model with the layers of its nested models in one list.

    Attributes:
        name: its key in the model around it, or its own name.
        nodes: sorted: each comes after its sources.
        inputs, outputs: (path, index of the output) each.
        store: path of its weights in the file; "" for the whole model.
    """

    name: str
    nodes: list[Node] = field(default_factory=list)
    inputs: list[tuple[str, int]] = field(default_factory=list)
    outputs: list[tuple[str, int]] = field(default_factory=list)
    store: str = ""


def read_config(data: bytes, name: str, version: str = "") -> list[RootModel]:
    """Return the models of an archive: the whole model, and each model directly inside it.

    Args:
        name: of the archive, for errors.
        version: of the Keras that saved it, such as "Keras 3.15.1".

    Raises:
        ImportRefusedError: the configuration is not of plain networks; the message names the first fault.
    """
    config = parse_config(data, name)
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ImportRefusedError(message("{name} contains no configuration of a model.", name=name), HINT)
    roots = []
    if _is_model(config):
        roots.append(_unfolded(config, str(config["config"].get("name", "model")), ""))
        for layer, store in _stored_layers(config):
            if _is_model(layer):
                roots.append(_unfolded(layer, str(layer["config"].get("name", "model")), store))
        return roots
    for key, value in config["config"].items():  # a user-defined class that contains models
        if isinstance(value, dict) and _is_model(value) and isinstance(value.get("config"), dict):
            roots.append(_unfolded(value, key, key))
    if not roots:
        kind = str(config.get("class_name"))[:60]
        hint = N_(
            "Save its encoder and its decoder: vae.encoder.save('encoder.keras'), vae.decoder.save('decoder.keras')."
        )
        raise ImportRefusedError(
            message("{name} has the class {kind}, whose file does not describe its networks.", name=name, kind=kind),
            CONVERT_KERAS_2 if version.startswith("Keras 2.") else hint,
        )
    return roots


def _is_model(node: dict[str, Any]) -> bool:
    return isinstance(node.get("class_name"), str) and node["class_name"] in _MODELS


def _stored_layers(model: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """Return the layers of a model with the paths of their weights, which are numbered class names."""
    layers = model["config"].get("layers")
    if not isinstance(layers, list):
        raise ImportRefusedError("A model has no list of layers.", HINT)
    numbers: dict[str, int] = {}
    stored = []
    for layer in layers:
        if not (isinstance(layer, dict) and isinstance(layer.get("class_name"), str)):
            raise ImportRefusedError("A layer has no class.", HINT)
        if not isinstance(layer.get("config"), dict):
            raise ImportRefusedError(message("A layer {layer} has no settings.", layer=layer["class_name"][:60]), HINT)
        slug = _snake_case(layer["class_name"])
        number = numbers.get(slug, -1) + 1
        numbers[slug] = number
        stored.append((layer, f"layers/{slug}_{number}" if number else f"layers/{slug}"))
    return stored


def _snake_case(name: str) -> str:
    """Return a name in Keras' snake case (`keras.src.utils.naming`): "Conv2DTranspose" → "conv2d_transpose"."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def _unfolded(model: dict[str, Any], name: str, store: str) -> RootModel:
    root = RootModel(name, store=store)
    outputs = _unfold(model, root, "", "", None)
    root.outputs = outputs
    return root


def _unfold(
    model, root: RootModel, prefix: str, store: str, fed: list[tuple[str, int]] | None
) -> list[tuple[str, int]]:
    """Add a model's layers to the root's nodes.

    Args:
        fed: its inputs in the model around it; None for the root model, which has input layers.

    Returns:
        The model's outputs.
    """
    if len(root.nodes) > 2000:
        raise ImportRefusedError("The model has more than 2,000 layers.", HINT)
    known: dict[str, list[tuple[str, int]]] = {}
    previous: list[tuple[str, int]] = []
    sequential = model["class_name"] == "Sequential"
    waiting = list(fed) if fed is not None else None
    if sequential and fed is None:
        previous = _implied_input(model, root)
    for layer, place in _stored_layers(model):
        kind, config = layer["class_name"], layer["config"]
        own = str(layer.get("name") or config.get("name") or kind)
        path = f"{prefix}{own}"
        if own in known:
            raise ImportRefusedError(message("Two layers have the name {own}.", own=own[:60]), HINT)
        if kind == "InputLayer":
            if waiting is None:
                root.nodes.append(Node(path, kind, config, (), ""))
                root.inputs.append((path, 0))
                known[own] = [(path, 0)]
            else:
                known[own] = [waiting.pop(0)] if waiting else []
            previous = known[own]
            continue
        if sequential and not known and not previous and waiting is not None:
            previous, waiting = waiting, []
        sources = previous if sequential else _sources(layer, known, own)
        if not sources:
            raise ImportRefusedError(
                message("The layer {own} has no input.", own=own[:60]), "Save the model after it was built."
            )
        if kind in _MODELS:
            known[own] = _unfold(layer, root, f"{path}/", f"{store}{place}/", sources)
        elif kind in IDENTITIES and _is_keras_own(layer):
            known[own] = sources
        else:
            custom = kind not in KNOWN_LAYERS or not _is_keras_own(layer)
            known_to_keras = str(layer.get("module") or "").partition(".")[0] == "keras"
            root.nodes.append(Node(path, kind, config, tuple(sources), f"{store}{place}", custom, known_to_keras))
            known[own] = [(path, 0)]
        previous = known[own]
    if sequential:
        return previous
    named = _history(model["config"].get("output_layers"))
    return [_found(known, entry) for entry in named]


def _is_keras_own(layer: dict[str, Any]) -> bool:
    """Return whether a layer's class belongs to Keras: a user-defined class may have the same name."""
    module = layer.get("module")
    if module is None:  # Keras writes this for classes of the main script, and registers them
        return not layer.get("registered_name")
    return str(module).partition(".")[0] == "keras"


def _implied_input(model: dict[str, Any], root: RootModel) -> list[tuple[str, int]]:
    """Add the input of a sequential model that was built without an input layer; [] if it has one."""
    layers = model["config"].get("layers") or [{}]
    if not isinstance(layers[0], dict) or layers[0].get("class_name") == "InputLayer":
        return []
    build = model.get("build_config")
    shape = (build.get("input_shape") if isinstance(build, dict) else None) or model["config"].get("build_input_shape")
    root.nodes.append(Node("input", "InputLayer", {"batch_shape": shape}, (), ""))
    root.inputs.append(("input", 0))
    return [("input", 0)]


def _sources(layer: dict[str, Any], known, own: str) -> list[tuple[str, int]]:
    nodes = layer.get("inbound_nodes")
    if isinstance(nodes, list) and nodes and isinstance(nodes[0], list):
        raise ImportRefusedError(
            "This functional model was saved by Keras 2, whose format is not supported.", CONVERT_KERAS_2
        )
    if not isinstance(nodes, list) or len(nodes) != 1:
        times = len(nodes) if isinstance(nodes, list) else 0
        raise ImportRefusedError(
            message(
                "The layer {own} is used {times} times; only layers that are used once are supported.",
                own=own[:60],
                times=times,
            ),
            HINT,
        )
    if not isinstance(nodes[0], dict):
        raise ImportRefusedError(
            message("The layer {own} has no readable inputs.", own=own[:60]), "Save the model again."
        )
    tensors: list[tuple[str, int]] = []
    _collect(nodes[0].get("args"), known, tensors)
    return tensors


def _collect(node: Any, known, tensors: list[tuple[str, int]]) -> None:
    """Collect the tensors in a call's arguments, in order."""
    if isinstance(node, list):
        for part in node:
            _collect(part, known, tensors)
    elif isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        config = node.get("config")
        tensors.append(_found(known, config.get("keras_history") if isinstance(config, dict) else None))


def _history(value: Any) -> list[Any]:
    """Return a list of [name, call, output]; the value may be a single one."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [value]
    return value if isinstance(value, list) else []


def _found(known: dict[str, list[tuple[str, int]]], entry: Any) -> tuple[str, int]:
    fits = isinstance(entry, list) and len(entry) >= 3 and isinstance(entry[0], str) and type(entry[2]) is int
    if not (fits and 0 <= entry[2] < len(known.get(entry[0], ()))):
        raise ImportRefusedError(
            message("The configuration refers to {entry}, which does not exist.", entry=str(entry)[:60]),
            "Save it again.",
        )
    return known[entry[0]][entry[2]]
