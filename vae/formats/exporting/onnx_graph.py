"""An ONNX graph, written node by node.

Written here, and not with tf2onnx, which Keras' own export calls: that one needs TensorFlow beside the model, refuses
the exact GELU, and looks for a maintainer.
"""

import numpy as np

__all__ = ["OPSET", "OnnxGraph", "Value"]

OPSET = 17  # what browsers' and phones' runtimes of the last years read
_IR_VERSION = 8  # the file format of that opset's time


class Value:
    """A tensor of the graph.

    Attributes:
        name: in the graph.
        shape: as Keras sees it, channels last, without the batch axis.
        first: whether its channels come first, as ONNX' convolutions want them.
    """

    def __init__(self, name: str, shape: tuple[int, ...], first: bool = False):
        self.name = name
        self.shape = shape
        self.first = first
        self.other: Value | None = None  # the same with its axes in the other order, once it was asked for


class OnnxGraph:
    """A graph in the making; `vae.formats.exporting.onnx_layers` says which nodes each layer becomes."""

    def __init__(self):
        self.nodes = []
        self.constants = {}

    def add(self, operator: str, inputs: list[str], stem: str, **attributes) -> str:
        """One node with one output; the output's name."""
        from onnx import helper

        name = f"{stem}/{operator}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, name: str, array) -> str:
        """A weight or a number as float32, a shape as int64; each name is kept once."""
        array = np.asarray(array)
        shape = array.ndim == 1 and array.dtype == np.int64
        self.constants.setdefault(name, array if shape else array.astype(np.float32))
        return name

    def channels_first(self, value: Value) -> Value:
        """`(n, c, h, w)`."""
        return value if value.first else self._turned(value, (0, 3, 1, 2))

    def channels_last(self, value: Value) -> Value:
        """As Keras has it."""
        return self._turned(value, (0, 2, 3, 1)) if value.first else value

    def _turned(self, value: Value, order: tuple[int, ...]) -> Value:
        if value.other is None:
            name = self.add("Transpose", [value.name], value.name.split("/")[0], perm=order)
            value.other = Value(name, value.shape, not value.first)
            value.other.other = value
        return value.other

    def model(self, name: str, taken: dict[str, tuple], given: dict[str, Value]) -> bytes:
        """The finished file.

        Args:
            taken: shapes of the inputs by name, without the batch axis.
            given: what the outputs are called.
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
