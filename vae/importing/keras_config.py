"""`config.json` of a Keras archive → networks as graphs. Read as data: no class is looked up, no function is called.

What is built later is built from the graphs, by `vae.networks.build_graph`, of layers that are listed there.
"""

import json
import re
import sys
from dataclasses import dataclass, field
from typing import Any, get_args

from vae.errors import ImportRefusedError
from vae.importing.keras_layers import IDENTITIES, KNOWN_LAYERS
from vae.networks.layer import ACTIVATIONS

__all__ = ["Node", "RootModel", "read_config"]

_DEPTH = 60  # of brackets
_MODELS = {"Functional", "Sequential"}
# A layer's class that is of none of these is one of a person's own script.
_KNOWN_PACKAGES = sys.stdlib_module_names | {"jax", "keras", "numpy", "scipy", "tensorflow", "tf_keras", "torch", "vae"}
# Classes by what they do on loading, for a refusal that says it.
_DANGEROUS = {
    "Lambda": "a Lambda layer, which is program code",
    "__lambda__": "a Lambda, which is program code",
    "TFSMLayer": "a TFSMLayer, which loads a program from elsewhere",
    "StringLookup": "a StringLookup, which can read any file",
    "IntegerLookup": "an IntegerLookup, which can read any file",
    "TextVectorization": "a TextVectorization, which can read any file",
    "TorchModuleWrapper": "a TorchModuleWrapper, which unpickles",
    "FlaxLayer": "a FlaxLayer, which holds program code",
    "JaxLayer": "a JaxLayer, which holds program code",
}
_SPEAKING = "Save encoder and decoder as functional or sequential models of Keras' own layers."


@dataclass(frozen=True)
class Node:
    """One layer as it stands in the configuration.

    Attributes:
        path: of names from the root model on, unique.
        kind: its class.
        config: Keras' settings.
        sources: what it takes: (path, which output) each.
        store: where its weights lie in the weights' file, below the root model.
        custom: a class that is not Keras' own.
    """

    path: str
    kind: str
    config: dict[str, Any]
    sources: tuple[tuple[str, int], ...]
    store: str
    custom: bool = False


@dataclass
class RootModel:
    """A model with its nested ones unfolded.

    Attributes:
        name: its key in the model that holds it, or its own.
        nodes: in an order in which each comes after its sources.
        inputs, outputs: (path, which output) each.
        stores: where its weights may lie in the file: "" for the whole.
    """

    name: str
    nodes: list[Node] = field(default_factory=list)
    inputs: list[tuple[str, int]] = field(default_factory=list)
    outputs: list[tuple[str, int]] = field(default_factory=list)
    store: str = ""


def read_config(data: bytes, name: str) -> list[RootModel]:
    """The models of an archive: the whole, and each model directly inside it.

    Raises:
        ImportRefusedError: no configuration of plain networks; the message names the first thing that is not.
    """
    config = _parse(data, name)
    _refuse_code(config, name)
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise ImportRefusedError(f"{name} has no model's configuration.", _SPEAKING)
    roots = []
    if _is_model(config):
        roots.append(_unfolded(config, str(config["config"].get("name", "model")), ""))
        for layer, store in _stored_layers(config):
            if _is_model(layer):
                roots.append(_unfolded(layer, str(layer["config"].get("name", "model")), store))
        return roots
    for key, value in config["config"].items():  # a class of the person's own that holds models
        if isinstance(value, dict) and _is_model(value) and isinstance(value.get("config"), dict):
            roots.append(_unfolded(value, key, key))
    if not roots:
        kind = str(config.get("class_name"))[:60]
        raise ImportRefusedError(
            f"{name} is of the class {kind}, whose file says nothing of the networks in it.",
            "Save its encoder and its decoder: vae.encoder.save('encoder.keras'), vae.decoder.save('decoder.keras').",
        )
    return roots


def _is_model(node: dict[str, Any]) -> bool:
    return isinstance(node.get("class_name"), str) and node["class_name"] in _MODELS


def _parse(data: bytes, name: str) -> Any:
    depth = deepest = 0
    for sign in data:  # before the parser, which calls itself for each
        depth += (sign in b"[{") - (sign in b"]}")
        deepest = max(deepest, depth)
    if deepest > 10 * _DEPTH:
        raise ImportRefusedError(f"The configuration of {name} is nested {deepest} deep.", _SPEAKING)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(f"The configuration of {name} is no JSON: {error}.", "Save it again.") from None


def _refuse_code(node: Any, name: str, depth: int = 0, layer: bool = True) -> None:
    """Refuse whatever names code, wherever it stands: nothing of it would be called, but an honest file has none.

    Args:
        layer: whether a layer or a model stands here. One of a person's own class may: it is cut out, or refused later.
    """
    if depth > _DEPTH:
        raise ImportRefusedError(f"The configuration of {name} is nested more than {_DEPTH} deep.", _SPEAKING)
    if isinstance(node, list):
        for part in node:
            _refuse_code(part, name, depth + 1, layer)
        return
    if not isinstance(node, dict):
        return
    kind, module = node.get("class_name"), node.get("module")
    if isinstance(kind, str) and kind in _DANGEROUS:
        raise ImportRefusedError(f"{name} holds {_DANGEROUS[kind]}.", _SPEAKING)
    if "enable_unsafe_deserialization" in (kind, node.get("config")):
        raise ImportRefusedError(f"{name} asks for unsafe loading to be switched on.", _SPEAKING)
    if kind == "function" and not _is_plain_function(node):
        raise ImportRefusedError(
            f"{name} names the function {str(node.get('config'))[:60]!r} of {str(module)[:60]}.", _SPEAKING
        )
    own = layer and isinstance(module, str) and module.split(".")[0] not in _KNOWN_PACKAGES
    if isinstance(kind, str) and isinstance(module, str) and not own and not _is_harmless(module, kind):
        raise ImportRefusedError(f"{name} names {module[:60]}.{kind[:60]}, which is not Keras' own.", _SPEAKING)
    for key, part in node.items():
        if key != "compile_config":  # how it was trained is not read
            # Models stand in the settings of the whole, layers in the lists of models.
            inside = key == "layers" or (depth == 0 and key == "config") or depth == 1
            _refuse_code(part, name, depth + 1, inside)


def _is_harmless(module: str, kind: str) -> bool:
    """Keras' own, of the parts that hold data; a class of a person's own script says `__main__` or nothing."""
    top, _, rest = module.partition(".")
    parts = {
        "", "layers", "initializers", "regularizers", "constraints", "optimizers", "losses", "metrics", "activations",
        "dtype_policies", "models", "random", "optimizers.schedules", "src.models.functional", "src.models.sequential",
    }  # fmt: skip
    own = top == "keras" and rest in parts
    return own or module == "__main__" or (module == "builtins" and kind in ("float", "function"))


def _is_plain_function(node: dict[str, Any]) -> bool:
    """An activation by its name."""
    named, module = node.get("config"), node.get("module")
    return module in ("builtins", "keras.activations", None) and named in get_args(ACTIVATIONS)


def _stored_layers(model: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The layers of a model with the places of their weights: Keras numbers the names of their classes."""
    layers = model["config"].get("layers")
    if not isinstance(layers, list):
        raise ImportRefusedError("A model without a list of layers.", _SPEAKING)
    numbers: dict[str, int] = {}
    stored = []
    for layer in layers:
        if not (isinstance(layer, dict) and isinstance(layer.get("class_name"), str)):
            raise ImportRefusedError("A layer without a class.", _SPEAKING)
        if not isinstance(layer.get("config"), dict):
            raise ImportRefusedError(f"A {layer['class_name'][:60]} without settings.", _SPEAKING)
        slug = _snake_case(layer["class_name"])
        number = numbers.get(slug, -1) + 1
        numbers[slug] = number
        stored.append((layer, f"layers/{slug}_{number}" if number else f"layers/{slug}"))
    return stored


def _snake_case(name: str) -> str:
    """As Keras names things (`keras.src.utils.naming`): "Conv2DTranspose" → "conv2d_transpose"."""
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
        fed: what the model is given by the one around it; None for the root, whose inputs are its own.

    Returns:
        Its outputs.
    """
    if len(root.nodes) > 2000:
        raise ImportRefusedError("The model has more than 2,000 layers.", _SPEAKING)
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
            raise ImportRefusedError(f"Two layers are called {own[:60]}.", _SPEAKING)
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
            raise ImportRefusedError(f"The layer {own[:60]} has no input.", "Save the model after it was built.")
        if kind in _MODELS:
            known[own] = _unfold(layer, root, f"{path}/", f"{store}{place}/", sources)
        elif kind in IDENTITIES:
            known[own] = sources
        else:
            custom = kind not in KNOWN_LAYERS
            root.nodes.append(Node(path, kind, config, tuple(sources), f"{store}{place}", custom))
            known[own] = [(path, 0)]
        previous = known[own]
    if sequential:
        return previous
    named = _history(model["config"].get("output_layers"))
    return [_found(known, entry) for entry in named]


def _implied_input(model: dict[str, Any], root: RootModel) -> list[tuple[str, int]]:
    """Of a sequential model that was built without an input layer."""
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
    if not isinstance(nodes, list) or len(nodes) != 1:
        times = len(nodes) if isinstance(nodes, list) else 0
        raise ImportRefusedError(f"The layer {own[:60]} is used {times} times, once is known here.", _SPEAKING)
    if not isinstance(nodes[0], dict):
        raise ImportRefusedError("This was saved by Keras 2.", "Load and save it with Keras 3.")
    tensors: list[tuple[str, int]] = []
    _collect(nodes[0].get("args"), known, tensors)
    return tensors


def _collect(node: Any, known, tensors: list[tuple[str, int]]) -> None:
    """The tensors in a call's arguments, in their order."""
    if isinstance(node, list):
        for part in node:
            _collect(part, known, tensors)
    elif isinstance(node, dict) and node.get("class_name") == "__keras_tensor__":
        config = node.get("config")
        tensors.append(_found(known, config.get("keras_history") if isinstance(config, dict) else None))


def _history(value: Any) -> list[Any]:
    """One [name, call, output], or a list of them."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [value]
    return value if isinstance(value, list) else []


def _found(known: dict[str, list[tuple[str, int]]], entry: Any) -> tuple[str, int]:
    fits = isinstance(entry, list) and len(entry) >= 3 and isinstance(entry[0], str) and type(entry[2]) is int
    if not (fits and 0 <= entry[2] < len(known.get(entry[0], ()))):
        raise ImportRefusedError(f"The configuration names {str(entry)[:60]}, which is nowhere.", "Save it again.")
    return known[entry[0]][entry[2]]
