"""Writes Keras' activation functions as ONNX nodes."""

from vae.errors import BadRequestError
from vae.formats.onnx.nodes import OnnxGraph, Value
from vae.message import message

__all__ = ["activated"]


def activated(graph: OnnxGraph, value: Value, name: str, stem: str) -> Value:
    """Return the value after the Keras activation of that name.

    Raises:
        BadRequestError: the activation is not supported.
    """
    if name == "linear":
        return value
    if name not in _WRITERS:
        raise BadRequestError(
            message("The activation {name} is not supported in ONNX exports.", name=name[:40]),
            "Export this model as Keras or SavedModel instead.",
        )
    if name == "softmax":  # along Keras' last axis
        value = graph.channels_last(value)
    return Value(_WRITERS[name](graph, value.name, stem), value.shape, value.first)


def _simple(operator: str, **attributes):
    return lambda graph, x, stem: graph.add(operator, [x], stem, **attributes)


def _clip(low: float, high: float):
    def write(graph: OnnxGraph, x: str, stem: str) -> str:
        return graph.add("Clip", [x, graph.constant(f"{low:g}", low), graph.constant(f"{high:g}", high)], stem)

    return write


def _gelu(graph: OnnxGraph, x: str, stem: str) -> str:
    """Write x (1 + erf(x / √2)) / 2: the opset has no Gelu operator yet."""
    scaled = graph.add("Mul", [x, graph.constant("sqrt_half", 0.5**0.5)], stem)
    share = graph.add("Add", [graph.add("Erf", [scaled], stem), graph.constant("1", 1.0)], stem)
    return graph.add("Mul", [graph.add("Mul", [x, graph.constant("0.5", 0.5)], stem), share], stem)


def _silu(graph: OnnxGraph, x: str, stem: str) -> str:
    return graph.add("Mul", [x, graph.add("Sigmoid", [x], stem)], stem)


def _mish(graph: OnnxGraph, x: str, stem: str) -> str:
    return graph.add("Mul", [x, graph.add("Tanh", [graph.add("Softplus", [x], stem)], stem)], stem)


def _log_sigmoid(graph: OnnxGraph, x: str, stem: str) -> str:
    return graph.add("Neg", [graph.add("Softplus", [graph.add("Neg", [x], stem)], stem)], stem)


_WRITERS = {
    "relu": _simple("Relu"),
    "relu6": _clip(0.0, 6.0),
    "leaky_relu": _simple("LeakyRelu", alpha=0.2),
    "elu": _simple("Elu", alpha=1.0),
    "selu": _simple("Selu"),
    "celu": _simple("Celu", alpha=1.0),
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "sigmoid": _simple("Sigmoid"),
    "hard_sigmoid": _simple("HardSigmoid", alpha=1 / 6, beta=0.5),
    "hard_silu": _simple("HardSwish"),
    "log_sigmoid": _log_sigmoid,
    "tanh": _simple("Tanh"),
    "hard_tanh": _clip(-1.0, 1.0),
    "softplus": _simple("Softplus"),
    "softsign": _simple("Softsign"),
    "exponential": _simple("Exp"),
    "softmax": _simple("Softmax", axis=-1),
}
