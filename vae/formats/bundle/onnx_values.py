"""Computes small ONNX tensors that depend on shapes and constants alone, with NumPy."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from math import prod

import numpy as np

__all__ = ["MOST_KNOWN", "constant_of", "values_of"]

MOST_KNOWN = 10_000  # numbers of a tensor
Shape = tuple[int, ...]


def _quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Divide; integers are rounded towards 0, as in C."""
    if np.issubdtype(a.dtype, np.floating):
        return np.divide(a, b)
    return (a - np.fmod(a, b)) // b


_ELEMENTWISE: dict[str, Callable] = {
    "Abs": np.abs, "Add": np.add, "And": np.logical_and, "Ceil": np.ceil, "Div": _quotient, "Equal": np.equal,
    "Floor": np.floor, "Greater": np.greater, "GreaterOrEqual": np.greater_equal, "Less": np.less,
    "LessOrEqual": np.less_equal, "Max": lambda *arrays: reduce(np.maximum, arrays),
    "Min": lambda *arrays: reduce(np.minimum, arrays), "Mod": np.mod, "Mul": np.multiply, "Neg": np.negative,
    "Not": np.logical_not, "Or": np.logical_or, "Round": np.rint, "Sqrt": np.sqrt, "Sub": np.subtract,
    "Where": np.where,
}  # fmt: skip
_REDUCING = {"ReduceMax": np.max, "ReduceMin": np.min, "ReduceProd": np.prod, "ReduceSum": np.sum}
_RESHAPING = {"Flatten", "Identity", "Reshape", "Squeeze", "Unsqueeze"}


def constant_of(node):
    """Return the `onnx.TensorProto` of a Constant.

    Raises:
        ValueError: it does not contain numbers.
    """
    import onnx

    ((name, value),) = _settings(node).items()
    if name == "value":
        return value
    dtype = {"value_int": np.int64, "value_ints": np.int64, "value_float": np.float32, "value_floats": np.float32}
    if name not in dtype:
        raise ValueError(f"a Constant of {name}")
    return onnx.numpy_helper.from_array(np.asarray(value, dtype[name]))


def _settings(node) -> dict:
    """Return an operator's attributes by name."""
    import onnx

    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def values_of(
    node, shapes: Mapping[str, Shape], dtypes: Mapping[str, np.dtype], values: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Return the values of an operator's outputs by name, except those that are unknown or too large.

    Args:
        shapes, dtypes: of its inputs and outputs.
        values: known values of its inputs.
    """
    if any(prod(shapes[name]) > MOST_KNOWN for name in node.output if name):
        return {}
    made = _shape_values(node, shapes)
    if made is None and all(name in values for name in node.input if name):
        inputs = [values[name] if name else None for name in node.input]
        with np.errstate(all="ignore"):
            if node.op_type in ("Cast", "CastLike"):
                made = None if inputs[0] is None else _cast(inputs[0], dtypes[node.output[0]])
            else:
                made = _computed(node, inputs, [shapes.get(name, ()) for name in node.output])
    if made is None:
        return {}
    return {
        name: np.asarray(value, dtypes[name]).reshape(shapes[name])
        for name, value in zip(node.output, made, strict=False)
        if name
    }


def _shape_values(node, shapes: Mapping[str, Shape]) -> Sequence | None:
    """Return the values of Shape and Size, which need no input values; None for other operators."""
    if node.op_type == "Shape":
        settings = _settings(node)
        return [shapes[node.input[0]][settings.get("start", 0) : settings.get("end")]]
    return [prod(shapes[node.input[0]])] if node.op_type == "Size" else None


def _computed(node, inputs: list, made: Sequence[Shape]) -> Sequence | None:
    """Return the outputs' values, None for an operator that is not supported; made: shapes of the outputs."""
    kind, settings = node.op_type, _settings(node)
    if kind == "ConstantOfShape":
        return [np.full(made[0], _array(settings["value"]).item() if "value" in settings else 0.0)]
    if kind in _RESHAPING:
        return [inputs[0]]
    if kind == "Mod" and settings.get("fmod"):
        return [np.fmod(*inputs)]
    if kind in _ELEMENTWISE:
        return [_ELEMENTWISE[kind](*inputs)]
    if kind == "Concat":
        return [np.concatenate(inputs, settings["axis"])]
    if kind == "Gather":
        return [np.take(inputs[0], inputs[1], settings.get("axis", 0))]
    if kind == "Expand":
        return [np.broadcast_to(inputs[0], made[0])]
    if kind == "Tile":
        return [np.tile(inputs[0], inputs[1])]
    if kind == "Transpose":
        return [np.transpose(inputs[0], settings.get("perm"))]
    if kind == "Slice":
        return [_slice(inputs, settings)]
    if kind == "Split":
        axis = settings.get("axis", 0)
        return np.split(inputs[0], np.cumsum([shape[axis] for shape in made])[:-1], axis)
    if kind in _REDUCING:
        return [_reduced(_REDUCING[kind], inputs, settings)]
    return None


def _array(tensor) -> np.ndarray:
    import onnx

    return onnx.numpy_helper.to_array(tensor)


def _cast(array: np.ndarray, dtype: np.dtype) -> Sequence | None:
    """Cast; None if the result is undefined: then two libraries may return different numbers."""
    if np.issubdtype(array.dtype, np.floating) and np.issubdtype(dtype, np.integer):
        limits = np.iinfo(dtype)
        if not ((array >= limits.min) & (array < limits.max)).all():
            return None
    return [array.astype(dtype)]


def _slice(inputs: list, settings: dict) -> np.ndarray:
    array, *bounds = inputs
    if bounds:
        starts, ends = bounds[:2]
        axes, steps = (bounds[place] if len(bounds) > place else None for place in (2, 3))
    else:  # attributes, in old opsets
        starts, ends, axes, steps = settings["starts"], settings["ends"], settings.get("axes"), None
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    places = [slice(None)] * array.ndim
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        places[axis] = slice(int(start), int(end), int(step))
    return array[tuple(places)]


def _reduced(function: Callable, inputs: list, settings: dict) -> np.ndarray:
    axes = inputs[1] if len(inputs) > 1 and inputs[1] is not None else settings.get("axes")
    if axes is None or not len(axes):
        return inputs[0] if settings.get("noop_with_empty_axes") else function(inputs[0])
    return function(inputs[0], tuple(int(axis) for axis in axes))
