"""NumPy functions inside compiled functions: values, shapes, and gradients compared with the exact ones."""

import json
import textwrap

import keras
import numpy as np
import pytest

from vae.backend import compile_function
from vae.models.host_function import host_function

_STEP = 1e-2
_RNG = np.random.default_rng(0)
_A, _B = _RNG.normal(size=(3, 4)).astype(np.float32), _RNG.normal(size=(3, 2)).astype(np.float32)


def _two(x):
    return np.tanh(x @ _A), np.square(x @ _B).reshape(len(x), 2, 1)


def _one(x):
    return (np.tanh(x @ _A),)


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(("function", "shapes"), [(_two, [(4,), (2, 1)]), (_one, [(4,)])])
def test_values(function, shapes, compiled):
    hosted = host_function(function, shapes, _STEP)

    def call(x):
        return tuple(hosted(x))

    run = compile_function(call, []) if compiled else call
    for rows in (1, 5):
        x = _RNG.normal(size=(rows, 3)).astype(np.float32)
        found = run(x)
        assert len(found) == len(shapes)
        for one, expected in zip(found, function(x), strict=True):
            assert one.shape == expected.shape
            np.testing.assert_allclose(np.asarray(one), expected, rtol=1e-6)


_GRADIENTS = """
    import json
    import numpy as np
    from vae.models.host_function import host_function

    rng = np.random.default_rng(0)
    a, b, x, weights = (rng.normal(size=shape).astype(np.float32) for shape in [(3, 4), (3, 2), (6, 3), (6, 4)])

    def on_host(x):
        return np.tanh(x @ a), np.square(x @ b).reshape(len(x), 2, 1)

    hosted = host_function(on_host, [(4,), (2, 1)], 1e-2)
"""
_WITH = {
    "tensorflow": """
    import tensorflow as tf

    def loss(x, inside):
        one, two = hosted(x) if inside else (tf.tanh(x @ a), tf.square(x @ b)[..., None])
        return tf.reduce_sum(one * weights) + tf.reduce_sum(tf.sin(two))

    @tf.function
    def slope(x, inside):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(x, inside)
        return tape.gradient(value, x)

    print(json.dumps([slope(tf.constant(x), inside).numpy().tolist() for inside in (True, False)]))
""",
    "jax": """
    import jax
    import jax.numpy as jnp

    def loss(x, inside):
        one, two = hosted(x) if inside else (jnp.tanh(x @ a), jnp.square(x @ b)[..., None])
        return (one * weights).sum() + jnp.sin(two).sum()

    slope = jax.jit(jax.grad(loss), static_argnums=1)
    print(json.dumps([np.asarray(slope(jnp.asarray(x), inside)).tolist() for inside in (True, False)]))
""",
}


@pytest.mark.parametrize("backend", _WITH)
def test_the_gradient_is_that_of_the_framework(backend, run_python):
    program = textwrap.dedent(_GRADIENTS) + textwrap.dedent(_WITH[backend])
    done = run_python("-c", program, KERAS_BACKEND=backend)
    assert done.returncode == 0, done.stderr[-2000:]
    found, true = (np.array(one) for one in json.loads(done.stdout.splitlines()[-1]))
    assert np.abs(true).max() > 1
    np.testing.assert_allclose(found, true, atol=5e-3 * np.abs(true).max())


def test_gradient_of_pictures_keeps_their_shape():
    """An input with several axes."""
    import tensorflow as tf

    assert keras.backend.backend() == "tensorflow"
    hosted = host_function(lambda x: (np.square(x).sum(axis=(1, 2))[:, None],), [(1,)], _STEP)
    x = tf.constant(_RNG.normal(size=(2, 3, 2)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(hosted(x)[0])
    np.testing.assert_allclose(np.asarray(tape.gradient(value, x)), 2 * x, atol=1e-3)
