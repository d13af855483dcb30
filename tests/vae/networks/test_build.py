"""Keras models from a plan: repeatable, in float32 where sums are taken, every pixel treated alike."""

import keras
import numpy as np
import pytest
from keras import ops

from vae.config import ModelConfig
from vae.networks.build import build_decoder, build_encoder

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10)


@pytest.fixture
def mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize("build", [build_encoder, build_decoder])
def test_the_seed_decides_the_weights(build):
    first, again, other = (build(CONFIG, seed).get_weights() for seed in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [(a, c) for a, c in zip(first, other, strict=True) if a.ndim > 1]
    assert all((a != c).all() for a, c in kernels)


def test_the_two_heads_start_apart():
    encoder = build_encoder(CONFIG)
    mean, log_var = (encoder.get_layer(name).get_weights()[0] for name in ("z_mean", "z_log_var"))
    assert (mean != log_var).all()


def test_heads_and_logits_stay_float32_under_mixed_precision(mixed_precision):
    encoder, decoder = build_encoder(CONFIG), build_decoder(CONFIG)
    outputs = [*encoder(np.ones((1, 8, 8, 1), np.float32)), decoder(np.ones((1, 3), np.float32))]
    assert [keras.backend.standardize_dtype(output.dtype) for output in outputs] == ["float32"] * 3
    assert encoder.get_layer("conv_0").compute_dtype == "float16"


def test_the_outputs_are_linear():
    assert all(
        layer.activation is keras.activations.linear
        for layer in (
            build_encoder(CONFIG).get_layer("z_mean"),
            build_encoder(CONFIG).get_layer("z_log_var"),
            build_decoder(CONFIG).get_layer("logits"),
        )
    )


def test_the_upsampling_leaves_no_chequerboard():
    """A constant map through the last transposed convolution is constant inside, whatever its kernel's sums are."""
    layer = build_decoder(ModelConfig(image_shape=(16, 16, 1), widths=(1,), latent_dim=1)).get_layer("logits")
    layer.set_weights([np.ones_like(layer.get_weights()[0]), np.zeros(1, np.float32)])
    inside = ops.convert_to_numpy(layer(np.ones((1, 8, 8, 1), np.float32)))[0, 2:-2, 2:-2, 0]
    np.testing.assert_array_equal(inside, np.full((12, 12), 4.0))
