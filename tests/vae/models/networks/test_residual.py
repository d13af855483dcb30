"""The residual block: it starts as the identity, computes its formula, and does not depend on the batch."""

import keras
import numpy as np
import pytest

from vae.models.networks.build_graph import build_graph
from vae.models.networks.residual import add_block
from vae.models.networks.stack import Stack
from vae.models.untyped_keras import ops


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def _block(channels: int, activation: str = "relu", seed: int = 0) -> keras.Model:
    stack = Stack((6, 5, channels))
    add_block(stack, "block", activation)
    part = stack.finish()
    return build_graph(part.graph, "network", part.starts, seed)


def _x(channels: int, rows: int = 3) -> np.ndarray:
    return np.random.default_rng(1).normal(0.5, 2, (rows, 6, 5, channels)).astype(np.float32)


def _randomize(block: keras.Model) -> None:
    rng = np.random.default_rng(2)
    for weight in block.weights:
        weight.assign(rng.normal(0.3, 0.5, weight.shape))


def _normalized(x, groups, gamma, beta):
    parts = x.reshape(*x.shape[:3], groups, -1)
    mean, variance = (getattr(parts, kind)(axis=(1, 2, 4), keepdims=True) for kind in ("mean", "var"))
    return ((parts - mean) / np.sqrt(variance + 1e-3)).reshape(x.shape) * gamma + beta


def _convolved(x, kernel, bias):
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    return bias + sum(padded[:, i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3))


@pytest.mark.parametrize("channels", [1, 6, 16])
def test_it_starts_as_the_identity_and_can_learn(channels):
    block = _block(channels)
    x = _x(channels)
    np.testing.assert_array_equal(_numpy(block(x)), x)
    kernel, last = (block.get_layer(f"block_conv_{half}").kernel.numpy() for half in (0, 1))
    assert kernel.any()
    assert not last.any()


@pytest.mark.parametrize(("channels", "groups"), [(1, 1), (6, 6), (8, 8), (12, 6), (16, 8), (11, 1)])
def test_it_computes_its_formula(channels, groups):
    block = _block(channels)
    _randomize(block)
    x = hidden = _x(channels).astype(np.float64)
    for half in (0, 1):
        norm, conv = block.get_layer(f"block_norm_{half}"), block.get_layer(f"block_conv_{half}")
        hidden = _normalized(hidden, groups, norm.gamma.numpy(), norm.beta.numpy())
        hidden = _convolved(np.maximum(hidden, 0), conv.kernel.numpy(), conv.bias.numpy())
    np.testing.assert_allclose(_numpy(block(x.astype(np.float32))), x + hidden, rtol=2e-4, atol=2e-4)


def test_a_picture_does_not_depend_on_its_batch():
    block = _block(8)
    _randomize(block)
    x = _x(8)
    alone = np.concatenate([_numpy(block(x[i : i + 1])) for i in range(len(x))])
    np.testing.assert_allclose(_numpy(block(x, training=True)), alone, rtol=1e-5, atol=1e-5)


def test_it_uses_the_given_activation():
    results = []
    for activation in ("relu", "silu", "gelu"):
        block = _block(4, activation)
        _randomize(block)
        results.append(_numpy(block(_x(4))))
        assert block.get_layer("block_act_1").activation is keras.activations.get(activation)
    assert np.abs(results[0] - results[1]).max() > 0.1
    assert np.abs(results[1] - results[2]).max() > 0.1
