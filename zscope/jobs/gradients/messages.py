"""The messages between the server and the process that computes gradients: a JSON object and arrays."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["pack", "unpack"]


def pack(head: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()) -> bytes:
    """Return a message.

    Args:
        head: values that JSON can hold.
        arrays: of numbers.
    """
    parts = [np.asarray(array) for array in arrays]
    described = [[part.dtype.str, list(part.shape)] for part in parts]
    text = json.dumps({"head": dict(head), "arrays": described}).encode()
    return b"".join([len(text).to_bytes(4, "little"), text, *(part.tobytes() for part in parts)])


def unpack(message: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Return the head and the arrays of a message. The arrays are read-only."""
    start = 4 + int.from_bytes(message[:4], "little")
    text = json.loads(message[4:start])
    arrays = []
    for dtype, shape in text["arrays"]:
        array = np.frombuffer(message, np.dtype(dtype), math.prod(shape), start).reshape(shape)
        start += array.nbytes
        arrays.append(array)
    return text["head"], arrays
