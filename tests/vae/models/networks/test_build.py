"""Keras models of the zoo's graphs: repeatable weights, float32 outputs, dropout, and even upsampling."""

import dataclasses

import keras
import numpy as np
import pytest

from vae.models.config import ModelConfig
from vae.models.networks.build_graph import build_graph
from vae.models.networks.network import parts_of
from vae.models.untyped_keras import ops

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4, 6), dense_units=10)
RESIDUAL = dataclasses.replace(CONFIG, network="residual", blocks=2)
DENSE = dataclasses.replace(CONFIG, network="dense", widths=(12, 11, 10))
NETWORKS = pytest.mark.parametrize("config", [CONFIG, RESIDUAL, DENSE], ids=lambda config: config.network)


def build_encoder(config: ModelConfig, seed: int = 0, dropout: float = 0.0) -> keras.Model:
    part = parts_of(config)["encoder"]
    return build_graph(part.graph, "encoder", part.starts, seed, dropout)


def build_decoder(config: ModelConfig, seed: int = 0) -> keras.Model:
    part = parts_of(config)["decoder"]
    return build_graph(part.graph, "decoder", part.starts, seed)


@pytest.fixture
def mixed_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy(before)


@NETWORKS
@pytest.mark.parametrize("build", [build_encoder, build_decoder])
def test_the_seed_determines_the_weights(build, config):
    first, again, other = (build(config, seed).get_weights() for seed in (1, 1, 2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    kernels = [(a, c) for a, c in zip(first, other, strict=True) if a.ndim > 1 and a.any()]
    assert len(kernels) > 3
    assert all((a != c).all() for a, c in kernels)


@NETWORKS
def test_no_two_layers_start_with_the_same_weights(config):
    networks = (build_encoder(config, seed=1), build_decoder(config, seed=501))
    kernels = [w.ravel() for network in networks for w in network.get_weights() if w.ndim > 1 and w.any()]
    # Relative to the first weight, because layers with the same seed would differ only by a factor.
    starts = [tuple(np.round(kernel[:4] / kernel[0], 4)) for kernel in kernels]
    assert len(set(starts)) == len(starts)


def test_the_two_heads_start_with_different_weights():
    encoder = build_encoder(CONFIG)
    mean, log_var = (encoder.get_layer(name).get_weights()[0] for name in ("z_mean", "z_log_var"))
    assert (mean != log_var).all()


@NETWORKS
def test_heads_and_logits_stay_float32_under_mixed_precision(mixed_precision, config):
    encoder, decoder = build_encoder(config), build_decoder(config)
    outputs = [*encoder(np.ones((1, 8, 8, 1), np.float32)), decoder(np.ones((1, 3), np.float32))]
    assert [keras.backend.standardize_dtype(output.dtype) for output in outputs] == ["float32"] * 3
    assert encoder.layers[2].compute_dtype == "float16"


def test_the_encoder_of_a_plain_autoencoder_has_one_head():
    encoder = build_encoder(dataclasses.replace(CONFIG, variational=False))
    assert [tuple(output.shape) for output in encoder.outputs] == [(None, 3)]
    assert [layer.name for layer in encoder.layers][-1] == "z_mean"


def test_the_outputs_are_linear():
    assert all(
        layer.activation is keras.activations.linear
        for layer in (
            build_encoder(CONFIG).get_layer("z_mean"),
            build_encoder(CONFIG).get_layer("z_log_var"),
            build_decoder(CONFIG).get_layer("logits"),
        )
    )


def test_upsampling_has_no_checkerboard_artifacts():
    """The last transposed convolution maps a constant to a constant, except at the border."""
    layer = build_decoder(ModelConfig(image_shape=(16, 16, 1), widths=(1,), latent_dim=1)).get_layer("logits")
    layer.set_weights([np.ones_like(layer.get_weights()[0]), np.zeros(1, np.float32)])
    inside = ops.convert_to_numpy(layer(np.ones((1, 8, 8, 1), np.float32)))[0, 2:-2, 2:-2, 0]
    np.testing.assert_array_equal(inside, np.full((12, 12), 4.0))


@NETWORKS
class TestDropout:
    def test_it_is_active_only_in_training(self, config):
        images = np.random.default_rng(0).uniform(size=(4, 8, 8, 1)).astype(np.float32)
        plain, dropped = build_encoder(config, 3), build_encoder(config, 3, dropout=0.5)
        expected = [ops.convert_to_numpy(part) for part in plain(images, training=True)]
        still = [ops.convert_to_numpy(part) for part in dropped(images, training=False)]
        np.testing.assert_array_equal(still, expected)
        moving = [[ops.convert_to_numpy(part) for part in dropped(images, training=True)] for _ in range(2)]
        assert (np.array(moving[0]) != expected).any()
        assert (np.array(moving[0]) != moving[1]).any(), "different each time"

    def test_it_precedes_dense_layers_but_not_the_image(self, config):
        encoder = build_encoder(config, dropout=0.5)
        names = [layer.name for layer in encoder.layers if not isinstance(layer, keras.layers.InputLayer)]
        follows = [names[index + 1] for index, name in enumerate(names) if name.startswith("dropout")]
        expected = {"conv": ["hidden", "z_mean"], "dense": ["hidden_1", "hidden_2", "z_mean"]}
        assert follows == expected["dense" if config.network == "dense" else "conv"]
        assert names[0] in ("flatten", "conv_0")
        assert {layer.rate for layer in encoder.layers if isinstance(layer, keras.layers.Dropout)} == {0.5}

    def test_its_random_generators_are_no_weights(self, config):
        plain, dropped = build_encoder(config), build_encoder(config, dropout=0.5)
        assert len(dropped.weights) == len(plain.weights)
        assert len(dropped.variables) > len(plain.variables)
