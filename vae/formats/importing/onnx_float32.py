"""Rewrites ONNX networks of half or double precision to compute in float32."""

import numpy as np

from vae.errors import ImportRefusedError
from vae.message import message

__all__ = ["to_float32"]

_TYPES = ("to", "stash_type", "dtype")  # attributes that name the type of a result


def to_float32(model, name: str) -> str:
    """Rewrite a checked `onnx.ModelProto` in place: weights, constants, casts, inputs and outputs become float32.

    Args:
        name: of the file, for errors.

    Returns:
        The former types of its inputs, outputs, casts and arrays, such as "float16" or "float16 and float64"; "" if all
        were float32.

    Raises:
        ImportRefusedError: a weight is too large for float32.
    """
    import onnx

    kind = onnx.TensorProto
    others: dict[int, str] = {kind.FLOAT16: "float16", kind.BFLOAT16: "bfloat16", kind.DOUBLE: "float64"}
    found: set[int] = set()
    constants = [attribute.t for node in model.graph.node for attribute in node.attribute if attribute.HasField("t")]
    for tensor in [*model.graph.initializer, *constants]:
        if tensor.data_type in others:
            if len(tensor.dims):  # exporters write single numbers as float64
                found.add(tensor.data_type)
            _convert(tensor, name)
    for value in (*model.graph.input, *model.graph.output):
        if value.type.tensor_type.elem_type in others:
            found.add(value.type.tensor_type.elem_type)
            value.type.tensor_type.elem_type = kind.FLOAT
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name in _TYPES and attribute.i in others:
                found.add(attribute.i)
                attribute.i = kind.FLOAT
    del model.graph.value_info[:]  # the types of intermediate tensors
    return " and ".join(others[number] for number in sorted(found))


def _convert(tensor, name: str) -> None:
    from onnx import numpy_helper

    array = numpy_helper.to_array(tensor)
    with np.errstate(over="ignore"):
        converted = array.astype(np.float32)
    lost = np.isinf(converted) & np.isfinite(array.astype(np.float64))
    if lost.any() and converted.ndim:
        raise ImportRefusedError(
            message(
                "{name}: the weight {name2} contains numbers too large for float32.",
                name=name,
                name2=repr(tensor.name[:60]),
            ),
            "Train it in float32.",
        )
    if lost.any():  # a bound, such as the lowest number of a type
        converted = np.clip(array.astype(np.float64), *_bounds()).astype(np.float32)
    tensor.CopyFrom(numpy_helper.from_array(converted, tensor.name))


def _bounds() -> tuple[float, float]:
    limits = np.finfo(np.float32)
    return float(limits.min), float(limits.max)
