"""Finds the sizes of all tensors of an ONNX network without running it.

A network runs with up to `ONNX_ROWS` rows at once. For each number of rows, ONNX's shape inference gives the shape of
every tensor from the input's shape, the weights and the constants, operator by operator. So no file can be small in its
test run and huge later.
"""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from vae.errors import BundleError
from vae.formats.bundle.onnx_values import MOST_KNOWN, constant_of, values_of
from vae.message import N_, message
from vae.models.imported_config import ONNX_ROWS

__all__ = ["ROWS", "rows_taken"]

ROWS = tuple(range(1, ONNX_ROWS + 1))
# The inputs of an operator that determine the size of its output.
_SIZING = {
    "ConstantOfShape": (0,), "Expand": (1,), "Pad": (1, 3), "ReduceL2": (1,), "ReduceMax": (1,), "ReduceMean": (1,),
    "ReduceMin": (1,), "ReduceProd": (1,), "ReduceSum": (1,), "ReduceSumSquare": (1,), "Reshape": (1,),
    "Resize": (1, 2, 3), "Slice": (1, 2, 3, 4), "Split": (1,), "Squeeze": (1,), "Tile": (1,), "Unsqueeze": (1,),
    "Upsample": (1,),
}  # fmt: skip
_SAME_SHAPE = (
    "GroupNormalization",
)  # the output has the shape of the first input; ONNX has no rule for these operators
_MOST_NUMBERS = 375_000_000  # of one tensor: 1.5 GB
_HINT = N_("Export it with fixed sizes, except for the batch as the first axis.")
Shape = tuple[int, ...]


def rows_taken(model, name: str) -> tuple[int, ...]:
    """Return the batch sizes that a network accepts: of `ROWS`, or the only one that its input's shape allows.

    Args:
        model: an `onnx.ModelProto` of known operators, with one input of known shape besides its weights.
        name: of the file, for errors.

    Raises:
        BundleError: the size of a tensor depends on the input's numbers, or depends on the number of rows other than by
            one proportional axis; a tensor is too large; integers are divided by anything but constants other than 0
            and −1; or the network does not even accept one row.
    """
    _check_order(model.graph, name)
    shapes: dict[int, list[Shape]] = {}
    unfit: dict[int, _UnfitError] = {}
    try:
        network = _Network(model, name)
        for rows in network.batches:
            try:
                shapes[rows] = network.shapes(rows)
            except _UnfitError as error:
                unfit[rows] = error
        if shapes:
            network.check_growth(shapes)
        if error := unfit.get(network.batches[0]):
            raise BundleError(
                message("{name} does not run: {error}", name=name, error=error), "Export it again."
            ) from error
    except BundleError:
        raise
    except Exception as error:  # ONNX does not document its exceptions for invalid files
        raise BundleError(
            message("{name} is invalid: {split}", name=name, split=" ".join(str(error).split())[:200]),
            "Export it again.",
        ) from error
    return tuple(shapes)


class _UnfitError(Exception):
    """An operator does not accept this number of rows."""


def _sizing(node) -> list[str]:
    """Return the names of the inputs that determine the size of an operator's output."""
    places = _SIZING.get(node.op_type, ())
    return [node.input[place] for place in places if place < len(node.input) and node.input[place]]


def _check_order(graph, name: str) -> None:
    """Refuse operators that precede their inputs, and sizes that depend on the input's numbers."""
    weights = {tensor.name for tensor in graph.initializer}
    fed = {value.name for value in graph.input} - weights  # the input, and all tensors computed from it
    known = fed | weights | {""}  # "" stands for an omitted input
    for node in graph.node:
        if not known.issuperset(node.input):
            raise BundleError(
                message("{name} has a {op_type} before its inputs.", name=name, op_type=node.op_type),
                "Export it again.",
            )
        outputs = [output for output in node.output if output]
        if not known.isdisjoint(outputs) or len(set(outputs)) < len(outputs):
            raise BundleError(message("{name} has two tensors with the same name.", name=name), "Export it again.")
        known |= set(outputs)
        if fed & set(_sizing(node)):
            raise BundleError(
                message(
                    "{name}: the output size of a {op_type} depends on the values of the input.",
                    name=name,
                    op_type=node.op_type,
                ),
                _HINT,
            )
        if node.op_type not in ("Shape", "Size") and fed & set(node.input):
            fed |= set(node.output)


class _Network:
    """A graph, with all that is the same for every number of rows."""

    def __init__(self, model, name: str):
        self._name, self._opsets = name, list(model.opset_import)
        version = max((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), default=1)
        self._types, self._values = {}, {}
        for tensor in model.graph.initializer:
            self._add(tensor.name, tensor)
        self._inputs = [value for value in model.graph.input if value.name not in self._types]
        first = self._inputs[0].type.tensor_type.shape.dim[0].dim_value
        self.batches = (first,) if first else ROWS  # the possible batch sizes
        self._nodes = []  # operators with their schemas
        for node in model.graph.node:
            if node.op_type == "Constant":
                self._add(node.output[0], constant_of(node))
            else:
                self._nodes.append((node, _schema(node.op_type, version, name)))
        self._first: dict[tuple[int, str], bytes] = {}  # values that determine sizes, for the first number of rows

    def _add(self, name: str, tensor) -> None:
        """Add a weight or a constant."""
        import onnx

        self._types[name] = onnx.helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
        if prod(tensor.dims) <= MOST_KNOWN:
            self._values[name] = onnx.numpy_helper.to_array(tensor)

    def shapes(self, rows: int) -> list[Shape]:
        """Return the shapes of all outputs of operators, in order.

        Raises:
            _UnfitError: an operator does not accept so many rows.
            BundleError: see `rows_taken`.
        """
        import onnx

        types, values, made = dict(self._types), dict(self._values), []
        for value in self._inputs:
            types[value.name] = onnx.TypeProto.FromString(value.type.SerializeToString())
            types[value.name].tensor_type.shape.dim[0].dim_value = rows
        shapes = {name: shape for name, kind in types.items() if (shape := _shape(kind)) is not None}
        for number, (node, schema) in enumerate(self._nodes):
            if node.op_type in ("Div", "Mod"):
                self._check_division(number, node, types, values)
            found = self._types_of(number, node, schema, types, values)
            for output in filter(None, node.output):
                shape = self._checked(node, _shape(found.get(output)))
                types[output], shapes[output] = found[output], shape
                made.append(shape)
            dtypes = {output: _dtype(types[output]) for output in node.output if output}
            try:
                values |= values_of(node, shapes, dtypes, values)
            except Exception as error:  # raised by NumPy for inputs that do not fit
                raise _UnfitError(message("{op_type}: {error}", op_type=node.op_type, error=error)) from error
        return made

    def check_growth(self, shapes: Mapping[int, Sequence[Shape]]) -> None:
        """Refuse tensors that are too large, or grow with the rows other than by one proportional axis.

        Args:
            shapes: by the number of rows.
        """
        kinds = [node.op_type for node, _ in self._nodes for output in node.output if output]
        least = min(shapes)
        for place, kind in enumerate(kinds):
            first = shapes[least][place]
            if any(len(made[place]) != len(first) for made in shapes.values()):
                raise self._depends(kind)
            growing = [axis for axis in range(len(first)) if len({made[place][axis] for made in shapes.values()}) > 1]
            for rows, made in shapes.items():
                if len(growing) > 1 or any(made[place][axis] * least != first[axis] * rows for axis in growing):
                    raise self._depends(kind)
            if (most := max(prod(made[place]) for made in shapes.values())) > _MOST_NUMBERS:
                raise BundleError(
                    message(
                        "{name}: a {kind} returns {most} numbers; the limit is {most_numbers}.",
                        name=self._name,
                        kind=kind,
                        most=f"{most:,}",
                        most_numbers=f"{_MOST_NUMBERS:,}",
                    ),
                    "Export a smaller network.",
                )

    def _depends(self, kind: str) -> BundleError:
        return BundleError(
            message(
                "{name}: the output size of a {kind} depends on the number of rows, and not as a batch axis.",
                name=self._name,
                kind=kind,
            ),
            _HINT,
        )

    def _types_of(self, number: int, node, schema, types, values):
        import onnx

        sizing, same = {}, True
        for name in _sizing(node):
            if name not in values:
                raise BundleError(
                    message(
                        "{name}: the output size of a {op_type} is unknown.", name=self._name, op_type=node.op_type
                    ),
                    _HINT,
                )
            sizing[name] = onnx.numpy_helper.from_array(np.ascontiguousarray(values[name]), name)
            same = same and self._is_constant(number, name, values[name])
        known = {name: types[name] for name in node.input if name}
        try:
            found = onnx.shape_inference.infer_node_outputs(schema, node, known, sizing, opset_imports=self._opsets)
        except Exception as error:  # ONNX does not document its exceptions
            if not same:
                raise self._depends(node.op_type) from error
            raise _UnfitError(
                message("{op_type}: {split}", op_type=node.op_type, split=" ".join(str(error).split())[:200])
            ) from error
        if node.op_type == "Reshape" and _count(found[node.output[0]]) != _count(types[node.input[0]]):
            raise _UnfitError("Reshape: as many numbers cannot have this shape.")
        if node.op_type in _SAME_SHAPE:
            found[node.output[0]] = types[node.input[0]]
        return found

    def _is_constant(self, number: int, name: str, value: np.ndarray) -> bool:
        """Return whether an operator's input has the same value as for the first number of rows."""
        return self._first.setdefault((number, name), value.tobytes()) == value.tobytes()

    def _checked(self, node, shape: Shape | None) -> Shape:
        """Refuse an unknown or negative size; return the shape."""
        if shape is None:
            raise BundleError(
                message("{name}: the output size of a {op_type} is unknown.", name=self._name, op_type=node.op_type),
                _HINT,
            )
        if any(side < 0 for side in shape):
            raise BundleError(
                message(
                    "{name}: a {op_type} returns a tensor of the shape {shape}.",
                    name=self._name,
                    op_type=node.op_type,
                    shape=shape,
                ),
                _HINT,
            )
        return shape

    def _check_division(self, number: int, node, types, values) -> None:
        """Refuse integer divisions by 0 and −1: x / 0 and (smallest number) / −1 would crash the process."""
        if len(node.input) == 2 and np.issubdtype(_dtype(types[node.input[0]]), np.floating):
            return
        value = values.get(node.input[-1])
        if value is None or not self._is_constant(number, node.input[-1], value) or np.isin(value, (0, -1)).any():
            raise BundleError(
                message(
                    "{name}: a {op_type} divides integers by values that are not constant, or by 0 or −1.",
                    name=self._name,
                    op_type=node.op_type,
                ),
                "Divide integers by constants, or divide floats.",
            )


def _schema(kind: str, version: int, name: str):
    import onnx

    try:
        return onnx.defs.get_schema(kind, version, "")
    except Exception as error:  # ONNX does not document its exceptions
        raise BundleError(
            message(
                "{name} uses {kind}, which ONNX opset {version} does not have.", name=name, kind=kind, version=version
            ),
            "Export it again.",
        ) from error


def _shape(kind) -> Shape | None:
    """Return the shape of a type, None if a side is unknown."""
    if kind is None or not kind.tensor_type.HasField("shape"):
        return None
    sides = kind.tensor_type.shape.dim
    return tuple(side.dim_value for side in sides) if all(side.HasField("dim_value") for side in sides) else None


def _count(kind) -> int:
    """Return the count of numbers in a tensor of known shape."""
    return prod(dim.dim_value for dim in kind.tensor_type.shape.dim)


def _dtype(kind) -> np.dtype:
    import onnx

    return onnx.helper.tensor_dtype_to_np_dtype(kind.tensor_type.elem_type)
