"""Writes an ONNX graph node by node.

tf2onnx, which Keras' own export calls, is not used: it needs TensorFlow, does not support the exact GELU, and has no
maintainer.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from onnx import NodeProto

__all__ = ["OPSET", "OnnxGraph", "Value"]

OPSET = 17  # supported by the browser and phone runtimes of recent years
_IR_VERSION = 8  # the file format of that opset


class Value:
    """A tensor of the graph.

    Attributes:
        name: in the graph.
        shape: in Keras' order, channels last, without the batch axis.
        first: whether its channels are first, as in ONNX' convolutions.
    """

    def __init__(self, name: str, shape: tuple[int, ...], first: bool = False):
        self.name = name
        self.shape = shape
        self.first = first
        self.other: Value | None = None  # the same tensor in the other order of axes, once it was needed


class OnnxGraph:
    """A graph under construction; `vae.formats.onnx.layers` adds the nodes of each layer."""

    def __init__(self):
        self.nodes: list[NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def add(self, operator: str, inputs: list[str], stem: str, **attributes) -> str:
        """Add a node with one output; return the output's name."""
        from onnx import helper

        name = f"{stem}/{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, array) -> str:
        """Add a constant once by name, a shape as int64, others as float32; return its name."""
        array = np.asarray(array)
        shape = array.ndim == 1 and array.dtype == np.int64
        self.constants.setdefault(name, array if shape else array.astype(np.float32))
        return name

    def channels_first(self, value: Value) -> Value:
        """Return a value in the order `(n, c, h, w)`."""
        return value if value.first else self._turned(value, (0, 3, 1, 2))

    def channels_last(self, value: Value) -> Value:
        """Return a value in Keras' order, `(n, h, w, c)`."""
        return self._turned(value, (0, 2, 3, 1)) if value.first else value

    def _turned(self, value: Value, order: tuple[int, ...]) -> Value:
        if value.other is None:
            name = self.add("Transpose", [value.name], value.name.split("/")[0], perm=order)
            value.other = Value(name, value.shape, not value.first)
            value.other.other = value
        return value.other

    def model(self, name: str, taken: dict[str, tuple], given: dict[str, Value]) -> bytes:
        """Return the finished file.

        Args:
            name: of the graph.
            taken: shapes of the inputs by name, without the batch axis.
            given: the outputs by name.
        """
        from onnx import TensorProto, checker, helper, numpy_helper

        for output, value in given.items():
            self.nodes.append(helper.make_node("Identity", [self.channels_last(value).name], [output], name=output))

        def info(name: str, shape: tuple):
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])

        graph = helper.make_graph(
            self.nodes,
            name,
            [info(name, shape) for name, shape in taken.items()],
            [info(name, value.shape) for name, value in given.items()],
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="zscope")
        checker.check_model(model, full_check=True)
        return model.SerializeToString()
