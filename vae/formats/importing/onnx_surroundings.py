"""Adds operators before and after an ONNX network, which convert its input and its outputs."""

from collections.abc import Sequence

import numpy as np

from vae.formats.importing.draft import OnnxFile
from vae.formats.importing.pixel_formats import Layout, Numbers, Pixels
from vae.formats.importing.posterior_scale import SPREADS, Spread
from vae.models.networks.layer import Shape

__all__ = ["surround"]

_PREFIX = "net/"


def surround(
    data: bytes,
    file: OnnxFile,
    *,
    image_shape: Shape,
    latent_dim: int,
    heads: Sequence[tuple[str, int | None]],
    before: tuple[Layout, Pixels] | None = None,
    after: tuple[Layout, Pixels] | None = None,
    spread: Spread = SPREADS["log-variance"],
) -> bytes:
    """Return a network with one input, `input`, and the outputs `output_0` …

    Args:
        data: the checked file.
        file: its description.
        image_shape: height, width, channels.
        latent_dim: numbers of a code.
        heads: names of the outputs to keep, and which half of each; None for the whole output.
        before: layout and pixel format of an encoder's input.
        after: layout and pixel format of a decoder's output.
        spread: meaning of an encoder's second head.
    """
    import onnx
    from onnx import compose, helper

    model = compose.add_prefix(onnx.ModelProto.FromString(data), _PREFIX)
    made = _Nodes()
    rows = file.batch or "rows"
    if before:
        layout, pixels = before
        tensor = made.affine("input", pixels.scale, pixels.offset)
        if layout in ("chw", "flat-chw"):
            tensor = made.node("Transpose", tensor, perm=[0, 3, 1, 2])
        tensor = made.reshape(tensor, file.input_shape)
        taken = image_shape
    else:
        tensor = made.reshape("input", file.input_shape)
        taken = (latent_dim,)
    made.node("Identity", tensor, output=f"{_PREFIX}{file.input_name}")
    split = len(made.nodes)
    outputs = []
    for index, (name, part) in enumerate(heads):
        tensor, shape = f"{_PREFIX}{name}", (latent_dim,)
        if after:
            layout, pixels = after
            height, width, channels = shape = image_shape
            if layout in ("chw", "flat-chw"):
                tensor = made.reshape(tensor, (channels, height, width))
                tensor = made.node("Transpose", tensor, perm=[0, 2, 3, 1])
            else:
                tensor = made.reshape(tensor, shape)
            tensor = made.node("Sigmoid", tensor) if pixels.logits else made.affine(tensor, *pixels.inverse)
        elif part is None:
            tensor = made.reshape(tensor, shape)
        else:
            tensor = made.reshape(tensor, (2 * latent_dim,))
            tensor = made.slice(tensor, part * latent_dim, (part + 1) * latent_dim)
        if before and index == 1:
            tensor = made.log_variance(tensor, spread)
        made.node("Identity", tensor, output=f"output_{index}")
        outputs.append(helper.make_tensor_value_info(f"output_{index}", onnx.TensorProto.FLOAT, [rows, *shape]))
    graph = helper.make_graph(
        [*made.nodes[:split], *model.graph.node, *made.nodes[split:]],
        "network",
        [helper.make_tensor_value_info("input", onnx.TensorProto.FLOAT, [rows, *taken])],
        outputs,
        [*model.graph.initializer, *made.constants],
    )
    whole = helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
    return _pruned(whole).SerializeToString()


def _pruned(model):
    """Remove the operators and weights that no output depends on."""
    needed = {value.name for value in model.graph.output}
    kept = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(node.input)
    weights = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    del model.graph.node[:]
    model.graph.node.extend(reversed(kept))
    del model.graph.initializer[:]
    model.graph.initializer.extend(weights)
    return model


class _Nodes:
    """A list of added operators, with their constants."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def node(self, kind: str, *inputs: str, output: str | None = None, **attributes) -> str:
        from onnx import helper

        output = output or f"zscope/{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, value) -> str:
        from onnx import numpy_helper

        name = f"zscope/constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def reshape(self, tensor: str, shape: Shape) -> str:
        return self.node("Reshape", tensor, self.constant(np.array([-1, *shape], np.int64)))

    def affine(self, tensor: str, scale: Numbers, offset: Numbers) -> str:
        if (scale, offset) == (1.0, 0.0):
            return tensor
        factor, summand = (self.constant(np.asarray(numbers, np.float32)) for numbers in (scale, offset))
        return self.node("Add", self.node("Mul", tensor, factor), summand)

    def log_variance(self, tensor: str, spread: Spread) -> str:
        if not spread.logged:
            least, most = (self.constant(np.float32(bound)) for bound in spread.bounds)
            # Not Clip: its bounds are attributes in older opsets and inputs in newer ones.
            tensor = self.node("Log", self.node("Min", self.node("Max", tensor, least), most))
        return self.affine(tensor, spread.power, 0.0)

    def slice(self, tensor: str, start: int, stop: int) -> str:
        bounds = (self.constant(np.array([value], np.int64)) for value in (start, stop, 1))
        return self.node("Slice", tensor, *bounds)
