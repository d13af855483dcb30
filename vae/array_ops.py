"""Operations on arrays that work on NumPy arrays without Keras, and on tensors of Keras.

`ops.exp(x)` is `numpy.exp` if all arguments are NumPy arrays or numbers, and otherwise `keras.ops.exp`. So a formula is
written once, trained and compiled by Keras, and evaluated on a server that loads no framework.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["ops"]


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def _softplus(x: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, x)


def _one_hot(labels: np.ndarray, classes: int, dtype: str = "float32") -> np.ndarray:
    return np.eye(classes, dtype=dtype)[labels]


def _logsumexp(x: np.ndarray, axis: int) -> np.ndarray:
    largest = x.max(axis=axis, keepdims=True)
    return np.log(np.exp(x - largest).sum(axis=axis)) + largest.squeeze(axis)


# What NumPy has under another name, or not at all.
_NUMPY: dict[str, Callable[..., Any]] = {
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "one_hot": _one_hot,
    "logsumexp": _logsumexp,
    "cast": lambda x, dtype: np.asarray(x).astype(dtype, copy=False),
    "convert_to_numpy": np.asarray,
    "convert_to_tensor": np.asarray,
    "relu": lambda x: np.maximum(x, 0),
    "stop_gradient": np.asarray,
}


class _Operations:
    def __getattr__(self, name: str) -> Callable[..., Any]:
        def operation(*arguments: Any, **options: Any) -> Any:
            if all(_is_numpy(argument) for argument in arguments):
                return (_NUMPY.get(name) or getattr(np, name))(*arguments, **options)
            import keras

            return getattr(keras.ops, name)(*arguments, **options)

        operation.__name__ = name
        setattr(self, name, operation)  # found without `__getattr__` the next time
        return operation


def _is_numpy(argument: Any) -> bool:
    if isinstance(argument, list | tuple):
        return all(_is_numpy(part) for part in argument)
    return isinstance(argument, np.ndarray | np.generic | bool | int | float | str)


ops: Any = _Operations()
