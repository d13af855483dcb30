"""The plan says beforehand exactly what Keras builds."""

import keras
import numpy as np
import pytest

from vae.config import ModelConfig
from vae.model import VAE
from vae.networks.plan import decoder_plan, encoder_plan, parameter_count, weight_shapes

CONFIGS = [
    ModelConfig(),
    ModelConfig(latent_dim=2, widths=(16, 32), likelihood="gaussian"),
    ModelConfig(image_shape=(8, 8, 1), latent_dim=1, widths=(3,), dense_units=5),
    ModelConfig(image_shape=(32, 64, 3), latent_dim=7, widths=(4, 6, 8), dense_units=9, activation="silu"),
    ModelConfig(image_shape=(16, 16, 3), latent_dim=3, widths=(2, 3, 4, 5), dense_units=6, activation="gelu"),
    ModelConfig(image_shape=(4, 12, 1), latent_dim=4, widths=(5, 1), dense_units=1),
]


@pytest.mark.parametrize("config", CONFIGS)
def test_the_weights_are_the_ones_keras_builds(config):
    vae = VAE(config)
    built = {name: tuple(weight.shape) for name, weight in vae.named_weights().items()}
    assert weight_shapes(config) == built
    assert all(keras.backend.standardize_dtype(weight.dtype) == "float32" for weight in vae.named_weights().values())


@pytest.mark.parametrize("config", CONFIGS)
def test_the_count_is_keras_own(config):
    vae = VAE(config)
    parts = (vae.encoder, vae.decoder, vae.likelihood)
    assert parameter_count(config) == sum(part.count_params() for part in parts)


@pytest.mark.parametrize("config", CONFIGS)
def test_each_layer_has_the_planned_output(config):
    vae = VAE(config)
    for network, plan in ((vae.encoder, encoder_plan(config)), (vae.decoder, decoder_plan(config))):
        assert [layer.name for layer in network.layers[1:]] == [layer.name for layer in plan]
        for layer in plan:
            assert tuple(network.get_layer(layer.name).output.shape[1:]) == layer.output_shape
            assert tuple(network.get_layer(layer.name).input.shape[1:]) == layer.input_shape


@pytest.mark.parametrize("config", CONFIGS)
def test_image_in_image_out(config):
    vae = VAE(config)
    z_mean, z_log_var = vae.encoder(np.zeros((2, *config.image_shape), np.float32))
    assert tuple(z_mean.shape) == tuple(z_log_var.shape) == (2, config.latent_dim)
    assert tuple(vae.decoder(z_mean).shape) == (2, *config.image_shape)


def test_a_count_by_hand():
    # 8×8×1 → conv 4×4 to 3 channels → 4×4×3 → dense 5 → two heads of 2; and back.
    encoder = (16 * 3 + 3) + (48 * 5 + 5) + 2 * (5 * 2 + 2)
    decoder = (2 * 5 + 5) + (5 * 48 + 48) + (16 * 3 + 1)
    config = ModelConfig(image_shape=(8, 8, 1), latent_dim=2, widths=(3,), dense_units=5)
    assert parameter_count(config) == encoder + decoder


def test_the_largest_architecture_is_counted_without_building_it():
    config = ModelConfig(image_shape=(128, 128, 3), latent_dim=512, widths=(512,) * 4, dense_units=4096)
    kernels = 16 * (3 * 512 + 3 * 512 * 512)
    flat = 8 * 8 * 512
    encoder = kernels + 4 * 512 + (flat * 4096 + 4096) + 2 * (4096 * 512 + 512)
    decoder = (512 * 4096 + 4096) + (4096 * flat + flat) + kernels + 3 * 512 + 3
    assert parameter_count(config) == encoder + decoder > 2**28
    assert type(parameter_count(config)) is int
