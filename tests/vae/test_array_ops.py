"""The operations give the same on NumPy arrays as on tensors of Keras."""

import keras
import numpy as np
import pytest

from vae.array_ops import ops

X = np.linspace(-30, 30, 41).astype(np.float32).reshape(1, 41)
POSITIVE = np.abs(X) + np.float32(0.1)
CASES = {
    "abs": (X,),
    "clip": (X, 0.0, 1.0),
    "concatenate": ([X, POSITIVE],),
    "exp": (X,),
    "expm1": (-POSITIVE,),
    "log": (POSITIVE,),
    "maximum": (X, 0.5),
    "relu": (X,),
    "round": (X,),
    "sigmoid": (X,),
    "softplus": (X,),
    "square": (X,),
    "tanh": (X,),
    "where": (X > 0, X, POSITIVE),
    "zeros_like": (X,),
}


def _tensors(argument):
    if isinstance(argument, list):
        return [_tensors(part) for part in argument]
    return keras.ops.convert_to_tensor(argument) if isinstance(argument, np.ndarray) else argument


@pytest.mark.parametrize("name", CASES)
def test_numpy_arrays_and_tensors_give_the_same(name):
    found = getattr(ops, name)(*CASES[name])
    expected = getattr(ops, name)(*map(_tensors, CASES[name]))
    assert isinstance(found, np.ndarray) and not isinstance(expected, np.ndarray)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "axis"), [("sum", -1), ("mean", 0), ("logsumexp", -1)])
def test_reductions(name, axis):
    found, expected = getattr(ops, name)(X, axis=axis), getattr(ops, name)(_tensors(X), axis=axis)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), rtol=1e-6)


def test_one_hot_and_cast():
    labels = np.array([2, 0])
    np.testing.assert_array_equal(ops.one_hot(labels, 3), [[0, 0, 1], [1, 0, 0]])
    assert ops.cast(np.array([0, 255], np.uint8), "float32").dtype == np.float32


def test_one_tensor_among_the_arguments_selects_keras():
    assert not isinstance(ops.maximum(X, _tensors(POSITIVE)), np.ndarray)


def test_an_unknown_operation_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_operation"):
        ops.no_such_operation(X)
