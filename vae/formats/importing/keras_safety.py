"""What a Keras configuration must not name: code, in any of the ways that are known. Nothing of it would be called; an
honest file has none.
"""

import json
import re
import sys
from typing import Any, get_args

from vae.errors import ImportRefusedError
from vae.models.networks.layer import ACTIVATIONS

__all__ = ["MEND", "parse_config"]

MEND = "Save encoder and decoder as functional or sequential models of Keras' own layers."
_DEPTH = 60  # of brackets
# What Keras writes for a call of one of its operations between layers: those that graphs have.
_OPERATIONS = {"Clip", "Log"}
_OPERATION = re.compile(r"keras\.(src\.)?(ops|random)\b")
# Where Keras 2 keeps its models.
_KERAS_2_MODEL = re.compile(r"(tf_)?keras\.(src\.)?engine\.(functional|sequential)$")
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


def parse_config(data: bytes, name: str) -> Any:
    """The JSON of a configuration that names no code.

    Raises:
        ImportRefusedError: it names some, or is no JSON; the message says which.
    """
    depth = deepest = 0
    for sign in data:  # before the parser, which calls itself for each
        depth += (sign in b"[{") - (sign in b"]}")
        deepest = max(deepest, depth)
    if deepest > 10 * _DEPTH:
        raise ImportRefusedError(f"The configuration of {name} is nested {deepest} deep.", MEND)
    try:
        config = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(f"The configuration of {name} is no JSON: {error}.", "Save it again.") from None
    _refuse_code(config, name)
    return config


def _refuse_code(node: Any, name: str, depth: int = 0, layer: bool = True) -> None:
    """Refuse whatever names code, wherever it stands: nothing of it would be called, but an honest file has none.

    Args:
        layer: whether a layer or a model stands here. One of a person's own class may: it is cut out, or refused later.
    """
    if depth > _DEPTH:
        raise ImportRefusedError(f"The configuration of {name} is nested more than {_DEPTH} deep.", MEND)
    if isinstance(node, list):
        for part in node:
            _refuse_code(part, name, depth + 1, layer)
        return
    if not isinstance(node, dict):
        return
    kind, module = node.get("class_name"), node.get("module")
    if isinstance(kind, str) and kind in _DANGEROUS:
        raise ImportRefusedError(f"{name} holds {_DANGEROUS[kind]}.", MEND)
    if "enable_unsafe_deserialization" in (kind, node.get("config")):
        raise ImportRefusedError(f"{name} asks for unsafe loading to be switched on.", MEND)
    if kind == "function" and not _is_plain_function(node):
        raise ImportRefusedError(
            f"{name} names the function {str(node.get('config'))[:60]!r} of {str(module)[:60]}.", MEND
        )
    own = layer and isinstance(module, str) and module.split(".")[0] not in _KNOWN_PACKAGES
    if isinstance(kind, str) and isinstance(module, str) and not own and not _is_harmless(module, kind):
        if _OPERATION.match(module):
            raise ImportRefusedError(
                f"{name} computes with Keras' operation {kind[:60]}, outside of a layer; that is not read here.",
                "Use layers alone, such as one Dense for the mean and one for the log-variance, or export it to ONNX: "
                "model.export('encoder.onnx', format='onnx').",
            )
        raise ImportRefusedError(
            f"{name} names {module[:60]}.{kind[:60]}, which is no layer and no setting of one.", MEND
        )
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
    own = top == "keras" and (rest in parts or (rest == "src.ops.numpy" and kind in _OPERATIONS))
    old = bool(_KERAS_2_MODEL.match(module)) and kind in ("Functional", "Sequential")
    return own or old or module == "__main__" or (module == "builtins" and kind in ("float", "function"))


def _is_plain_function(node: dict[str, Any]) -> bool:
    """An activation by its name."""
    named, module = node.get("config"), node.get("module")
    return module in ("builtins", "keras.activations", None) and named in get_args(ACTIVATIONS)
