"""Writes the image of a decoder's outputs as ONNX nodes; `vae.models.likelihoods` has the Keras forms."""

from vae.errors import BadRequestError
from vae.formats.onnx.nodes import OnnxGraph, Value
from vae.message import message

__all__ = ["MEANS", "write_mean"]


def write_mean(graph: OnnxGraph, mean: str, value: Value) -> Value:
    """Write the nodes of one of `MEANS`: outputs of the decoder → the image, in [0, 1].

    Raises:
        BadRequestError: the mean is not supported.
    """
    if mean not in MEANS:
        raise BadRequestError(
            message("The likelihood's mean {mean} is not supported in ONNX exports.", mean=repr(mean)),
            "Export this model as Keras or SavedModel instead.",
        )
    return Value(MEANS[mean](graph, value.name), value.shape, value.first)


def _sigmoid(graph: OnnxGraph, logits: str) -> str:
    return graph.add("Sigmoid", [logits], "pictures")


def _clipped(graph: OnnxGraph, pictures: str) -> str:
    """Clip outputs that are images already."""
    return graph.add("Clip", [pictures, graph.constant("0", 0.0), graph.constant("1", 1.0)], "pictures")


def _continuous_bernoulli(graph: OnnxGraph, logits: str) -> str:
    """Write 1 / (2 tanh(l / 2)) + 1 / 2 − 1 / l, and its Taylor series 1 / 2 + l / 12 near 0 / 0."""

    def number(value: float) -> str:
        return graph.constant(f"{value:g}", value)

    def add(operator: str, *inputs: str) -> str:
        return graph.add(operator, list(inputs), "pictures")

    near = add("Less", add("Abs", logits), number(0.1))
    far = add("Where", near, number(1.0), logits)
    series = add("Add", add("Div", logits, number(12.0)), number(0.5))
    quotient = add("Div", number(0.5), add("Tanh", add("Div", far, number(2.0))))
    exact = add("Sub", add("Add", quotient, number(0.5)), add("Div", number(1.0), far))
    return add("Where", near, series, exact)


MEANS = {"continuous-bernoulli": _continuous_bernoulli, "none": _clipped, "sigmoid": _sigmoid}
