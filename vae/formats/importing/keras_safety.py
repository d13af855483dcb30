"""Refuses Keras configurations that refer to program code in any known way.

Nothing named in a configuration is ever called. An ordinary file has no code.
"""

import json
import re
import sys
from typing import Any, get_args

from vae.errors import ImportRefusedError
from vae.message import N_, message
from vae.models.networks.layer import ACTIVATIONS

__all__ = ["HINT", "parse_config"]

HINT = N_("Save encoder and decoder as functional or sequential models of Keras' own layers.")
_DEPTH = 60  # of brackets
# Keras' operations between layers that graphs support.
_OPERATIONS = {"Clip", "Log"}
_OPERATION = re.compile(r"keras\.(src\.)?(ops|random)\b")
# The modules of Keras 2 with its models.
_KERAS_2_MODEL = re.compile(r"(tf_)?keras\.(src\.)?engine\.(functional|sequential)$")
# A class of any other package is user-defined.
_KNOWN_PACKAGES = sys.stdlib_module_names | {"jax", "keras", "numpy", "scipy", "tensorflow", "tf_keras", "torch", "vae"}
# Classes that run code or read files on loading, with the reason for the refusal.
_DANGEROUS = {
    "Lambda": N_("a Lambda layer, which is program code"),
    "__lambda__": N_("a Lambda, which is program code"),
    "TFSMLayer": N_("a TFSMLayer, which loads a program from another file"),
    "StringLookup": N_("a StringLookup, which can read any file"),
    "IntegerLookup": N_("an IntegerLookup, which can read any file"),
    "TextVectorization": N_("a TextVectorization, which can read any file"),
    "TorchModuleWrapper": N_("a TorchModuleWrapper, which loads a pickle"),
    "FlaxLayer": N_("a FlaxLayer, which contains program code"),
    "JaxLayer": N_("a JaxLayer, which contains program code"),
}


def parse_config(data: bytes, name: str) -> Any:
    """Parse a configuration and refuse it if it names code.

    Raises:
        ImportRefusedError: it names code, is nested too deeply, or is not JSON.
    """
    depth = deepest = 0
    for byte in data:  # before the parser, which is recursive
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    if deepest > 10 * _DEPTH:
        raise ImportRefusedError(
            message("The configuration of {name} is nested {deepest} levels deep.", name=name, deepest=deepest), HINT
        )
    try:
        config = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(
            message("The configuration of {name} is not JSON: {error}.", name=name, error=error), "Save it again."
        ) from None
    _refuse_code(config, name)
    return config


def _refuse_code(node: Any, name: str, depth: int = 0, layer: bool = True) -> None:
    """Refuse a configuration that names code anywhere.

    Args:
        layer: whether the node is a layer or a model. It may be of a user-defined class, which is handled later.
    """
    if depth > _DEPTH:
        raise ImportRefusedError(
            message("The configuration of {name} is nested more than {depth} levels deep.", name=name, depth=_DEPTH),
            HINT,
        )
    if isinstance(node, list):
        for part in node:
            _refuse_code(part, name, depth + 1, layer)
        return
    if not isinstance(node, dict):
        return
    kind, module = node.get("class_name"), node.get("module")
    if isinstance(kind, str) and kind in _DANGEROUS:
        raise ImportRefusedError(message("{name} contains {dangerous}.", name=name, dangerous=_DANGEROUS[kind]), HINT)
    if "enable_unsafe_deserialization" in (kind, node.get("config")):
        raise ImportRefusedError(message("{name} requests unsafe loading.", name=name), HINT)
    if kind == "function" and not _is_plain_function(node):
        raise ImportRefusedError(
            message(
                "{name} names the function {get} of {module}.",
                name=name,
                get=repr(str(node.get("config"))[:60]),
                module=str(module)[:60],
            ),
            HINT,
        )
    own = layer and isinstance(module, str) and module.split(".")[0] not in _KNOWN_PACKAGES
    if isinstance(kind, str) and isinstance(module, str) and not own and not _is_harmless(module, kind):
        if _OPERATION.match(module):
            raise ImportRefusedError(
                message(
                    "{name} uses Keras' operation {kind} outside of a layer, which is not supported.",
                    name=name,
                    kind=kind[:60],
                ),
                "Use layers alone, such as one Dense for the mean and one for the log-variance, or export it to ONNX: "
                "model.export('encoder.onnx', format='onnx').",
            )
        raise ImportRefusedError(
            message(
                "{name} names {module}.{kind}, which is neither a layer nor a setting of one.",
                name=name,
                module=module[:60],
                kind=kind[:60],
            ),
            HINT,
        )
    for key, part in node.items():
        if key != "compile_config":  # the training settings are not used
            # Models are in the settings of the whole model, layers in the lists of models.
            inside = key == "layers" or (depth == 0 and key == "config") or depth == 1
            _refuse_code(part, name, depth + 1, inside)


def _is_harmless(module: str, kind: str) -> bool:
    """Return whether a class is one of Keras' data classes, or of a user's script (`__main__`)."""
    top, _, rest = module.partition(".")
    parts = {
        "", "layers", "initializers", "regularizers", "constraints", "optimizers", "losses", "metrics", "activations",
        "dtype_policies", "models", "random", "optimizers.schedules", "src.models.functional", "src.models.sequential",
    }  # fmt: skip
    own = top == "keras" and (rest in parts or (rest == "src.ops.numpy" and kind in _OPERATIONS))
    old = bool(_KERAS_2_MODEL.match(module)) and kind in ("Functional", "Sequential")
    return own or old or module == "__main__" or (module == "builtins" and kind in ("float", "function"))


def _is_plain_function(node: dict[str, Any]) -> bool:
    """Return whether a function is one of Keras' activations, by name."""
    named, module = node.get("config"), node.get("module")
    return module in ("builtins", "keras.activations", None) and named in get_args(ACTIVATIONS)
