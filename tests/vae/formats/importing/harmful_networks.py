"""Decoders that harm the process that runs them, as if the checks of the import had missed them."""

from collections.abc import Mapping

import numpy as np
from onnx import TensorProto

from tests.vae.formats.importing.onnx_files import constant, file_of, node
from vae.inference.network_host import ForeignNetwork

__all__ = ["DIVISIONS", "dividing", "endless", "harmless", "opened", "row_dependent"]

_INTEGERS = {"int32": (TensorProto.INT32, np.int32), "int64": (TensorProto.INT64, np.int64)}
# Of every operator that divides integers: the smallest number by −1, and a number by 0.
DIVISIONS = [(operator, name, divisor) for operator in ("Div", "Mod") for name in _INTEGERS for divisor in (-1, 0)]


def harmless(scale: float = 1.0) -> bytes:
    """Return a decoder that multiplies its codes by a number."""
    return file_of(node("Mul", ["z", "scale"], ["made"]), constants=[constant("scale", np.float32(scale))])


def dividing(operator: str, integers: str, divisor: int) -> bytes:
    """Return a decoder that divides the smallest integer by `divisor` for a code of zeros; other codes are harmless."""
    kind, dtype = _INTEGERS[integers]
    return file_of(
        node("Mul", ["z", "scale"], ["scaled"]),
        node("Cast", ["scaled"], ["whole"], to=kind),
        node("Add", ["whole", "divisor"], ["divisors"]),
        node(operator, ["smallest", "divisors"], ["quotient"]),
        node("Cast", ["quotient"], ["as_float"], to=TensorProto.FLOAT),
        node("Mul", ["as_float", "nothing"], ["nothings"]),
        node("Add", ["z", "nothings"], ["made"]),
        constants=[
            constant("scale", np.float32(1000)),
            constant("divisor", np.full(2, divisor, dtype)),
            constant("smallest", np.full(2, np.iinfo(dtype).min, dtype)),
            constant("nothing", np.float32(0)),
        ],
    )


def row_dependent(numbers: int) -> bytes:
    """Return a decoder with a tensor of (n - 1)(16 - n) × `numbers` numbers for n rows: small for 1 and 16 rows."""
    return file_of(
        node("Shape", ["z"], ["shape"]),
        node("Gather", ["shape", "first"], ["n"]),
        node("Sub", ["n", "one"], ["a"]),
        node("Sub", ["sixteen", "n"], ["b"]),
        node("Mul", ["a", "b"], ["c"]),
        node("Mul", ["c", "size"], ["d"]),
        node("Add", ["d", "one"], ["count"]),
        node("ConstantOfShape", ["count"], ["large"]),
        node("ReduceMax", ["large"], ["most"], keepdims=0),
        node("Add", ["z", "most"], ["made"]),
        constants=[
            constant("first", np.array([0])),
            constant("one", np.array([1])),
            constant("sixteen", np.array([16])),
            constant("size", np.array([numbers])),
        ],
    )


def endless() -> bytes:
    """Return a decoder that multiplies large matrices for minutes, except if the code is never used."""
    layers = 600
    return file_of(
        node("ReduceMax", ["z"], ["number"], keepdims=0),
        node("Expand", ["number", "wide"], ["m0"]),
        *(node("MatMul", [f"m{place}", "m0"], [f"m{place + 1}"]) for place in range(layers)),
        node("ReduceMax", [f"m{layers}"], ["most"], keepdims=0),
        node("Add", ["z", "most"], ["made"]),
        constants=[constant("wide", np.array([1500, 1500]))],
    )


def opened(data: bytes) -> Mapping[str, ForeignNetwork]:
    """Return the network of such a file."""
    return {"decoder": ForeignNetwork(data, "decoder", "z", (2,), {"pictures": (1, 8, 8)})}
