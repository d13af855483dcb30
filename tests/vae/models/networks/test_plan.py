"""Computed shapes, weights and work match what Keras builds."""

from functools import cache

import keras
import numpy as np
import pytest

from vae.models.config import ModelConfig
from vae.models.networks.plan import multiply_adds, parameter_count, weight_shapes
from vae.models.vae import VAE

CONFIGS = [
    ModelConfig(),
    ModelConfig(latent_dim=2, widths=(16, 32), likelihood="gaussian"),
    ModelConfig(image_shape=(8, 8, 1), latent_dim=1, widths=(3,), dense_units=5),
    ModelConfig(image_shape=(32, 64, 3), latent_dim=7, widths=(4, 6, 8), dense_units=9, activation="silu"),
    ModelConfig(image_shape=(16, 16, 3), latent_dim=3, widths=(2, 3, 4, 5), dense_units=6, activation="gelu"),
    ModelConfig(image_shape=(4, 12, 1), latent_dim=4, widths=(5, 1), dense_units=1),
    ModelConfig(image_shape=(7, 9, 3), latent_dim=3, network="dense", widths=(6, 5, 4), classes=4),
    ModelConfig(image_shape=(8, 8, 1), latent_dim=3, network="dense", widths=(6,), variational=False),
    ModelConfig(image_shape=(8, 16, 3), latent_dim=2, network="residual", widths=(4, 6), blocks=2, dense_units=5),
    ModelConfig(image_shape=(8, 8, 1), network="residual", widths=(1,), dense_units=5, classes=2, variational=False),
    ModelConfig(image_shape=(8, 8, 1), latent_dim=5, widths=(4,), prior="realnvp", prior_blocks=5, prior_units=7),
    ModelConfig(image_shape=(8, 8, 1), widths=(4,), likelihood="gaussian-optimal", classes=10),
    ModelConfig(image_shape=(8, 8, 1), widths=(4,), likelihood="laplace"),
    ModelConfig(image_shape=(8, 8, 1), widths=(4,), likelihood="discretized-logistic"),
    ModelConfig(image_shape=(8, 8, 1), widths=(4,), likelihood="continuous-bernoulli", binarize=False),
]


_vae = cache(VAE)  # building takes most of the time


@pytest.mark.parametrize("config", CONFIGS)
def test_the_weights_are_those_that_keras_builds(config):
    vae = _vae(config)
    built = {name: tuple(weight.shape) for name, weight in vae.named_weights().items()}
    assert weight_shapes(config) == built
    assert all(keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in vae.named_weights().values())


@pytest.mark.parametrize("config", CONFIGS)
def test_the_count_is_that_of_keras(config):
    vae = _vae(config)
    assert parameter_count(config) == sum(np.size(variable.numpy()) for variable in vae.variables)
    assert len(vae.variables) == len({id(variable) for variable in vae.variables}), "no weight counts twice"


@pytest.mark.parametrize("config", CONFIGS)
def test_each_layer_has_the_output_shape_of_the_graph(config):
    vae = _vae(config)
    for part, network in (("encoder", vae.encoder), ("decoder", vae.decoder)):
        graph = config.graphs[part]
        assert [layer.name for layer in network.layers[1:]] == [layer.keras_name for layer in graph.layers]
        shapes = graph.shapes()
        for layer in graph.layers:
            assert tuple(network.get_layer(layer.keras_name).output.shape[1:]) == shapes[layer.name]


@pytest.mark.parametrize("config", CONFIGS)
def test_images_become_codes_and_images(config):
    vae = _vae(config)
    z_mean, z_log_var = vae.encode(np.zeros((2, *config.image_shape), np.float32))
    assert tuple(z_mean.shape) == tuple(z_log_var.shape) == (2, config.latent_dim)
    code = vae.code(z_mean, np.array([0, 1], np.int32))
    assert tuple(code.shape) == (2, config.code_dim)
    assert tuple(vae.decoder(code).shape) == (2, *config.image_shape)


def test_a_count_by_hand():
    # 8×8×1 → conv 4×4 to 3 channels → 4×4×3 → dense 5 → two heads of 2; and back.
    encoder = (16 * 3 + 3) + (48 * 5 + 5) + 2 * (5 * 2 + 2)
    decoder = (2 * 5 + 5) + (5 * 48 + 48) + (16 * 3 + 1)
    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, widths=(3,), dense_units=5)
    assert parameter_count(config) == encoder + decoder


def test_counts_of_the_zoo_by_hand():
    def counted(**settings) -> int:
        return parameter_count(ModelConfig(image_shape=(8, 8, 1), latent_dim=2, **settings))

    dense = (64 * 7 + 7) + (7 * 5 + 5) + 2 * (5 * 2 + 2) + (2 * 5 + 5) + (5 * 7 + 7) + (7 * 64 + 64)
    assert counted(network="dense", widths=(7, 5)) == dense
    assert counted(network="dense", widths=(7, 5), variational=False) == dense - (5 * 2 + 2), "one head less"
    assert counted(network="dense", widths=(7, 5), classes=10) == dense + 10 * 5, "only the decoder takes the class"
    # Two norms and two 3×3 convolutions a block, two blocks after the one halving and two before the one doubling.
    block = 2 * (3 + 3) + 2 * (9 * 3 * 3 + 3)
    conv = counted(widths=(3,), dense_units=5)
    assert counted(network="residual", widths=(3,), blocks=2, dense_units=5) == conv + 4 * block
    assert counted(network="conv", widths=(3,), blocks=2, dense_units=5) == conv, "only the residual network has blocks"
    coupling = (2 * 6 + 6) + (6 * 6 + 6) + 2 * (6 * 2 + 2)
    assert counted(widths=(3,), dense_units=5, prior="realnvp", prior_blocks=3, prior_units=6) == conv + 3 * coupling


class TestWork:
    def test_dense(self):
        config = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, network="dense", widths=(7, 5))
        assert multiply_adds(config) == 2 * (64 * 7 + 7 * 5) + 2 * 5 * 2 + 2 * 5

    def test_convolutions_count_once_per_place_of_the_smaller_picture(self):
        config = ModelConfig(image_shape=(8, 16, 3), latent_dim=2, widths=(4, 6), dense_units=5)
        convolutions = 16 * (3 * 4 * 4 * 8 + 4 * 6 * 2 * 4)
        flat = 6 * 2 * 4
        heads = 2 * 5 * 2
        assert multiply_adds(config) == 2 * convolutions + 2 * flat * 5 + heads + 2 * 5

    def test_a_residual_block_counts_its_two_convolutions(self):
        plain = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, widths=(4,), dense_units=5)
        residual = ModelConfig(
            image_shape=(8, 8, 1), latent_dim=2, widths=(4,), dense_units=5, network="residual", blocks=3
        )
        assert multiply_adds(residual) - multiply_adds(plain) == 2 * 3 * (2 * 9 * 4 * 4 * 4 * 4)


def test_the_largest_architecture_is_counted_without_building_it():
    config = ModelConfig(image_shape=(128, 128, 3), latent_dim=512, widths=(512,) * 4, dense_units=4096)
    kernels = 16 * (3 * 512 + 3 * 512 * 512)
    flat = 8 * 8 * 512
    encoder = kernels + 4 * 512 + (flat * 4096 + 4096) + 2 * (4096 * 512 + 512)
    decoder = (512 * 4096 + 4096) + (4096 * flat + flat) + kernels + 3 * 512 + 3
    assert parameter_count(config) == encoder + decoder > 2**28
    assert type(parameter_count(config)) is int
