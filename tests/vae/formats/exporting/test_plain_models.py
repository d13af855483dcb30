"""The exported Keras model has the outputs of the original model and leaves it unchanged."""

import keras
import numpy as np
import pytest

from vae.formats.bundle import load_bundle
from vae.formats.exporting.plain import plain_decoder, plain_encoder, whole_model


@pytest.mark.parametrize("name", ["residual", "conditional-flow", "plain"])
def test_equals_the_model_with_layers_of_keras_only(make_bundle, name):
    vae = load_bundle(make_bundle(name)).vae
    before = {key: weight.numpy().copy() for key, weight in vae.named_weights().items()}
    rng = np.random.default_rng(0)
    x = rng.uniform(size=(7, 8, 8, 1)).astype(np.float32)
    codes = rng.normal(size=(7, vae.config.code_dim)).astype(np.float32)
    encoder, decoder = plain_encoder(vae), plain_decoder(vae)
    expected = vae.encode(x)
    assert len(encoder.outputs) == (2 if vae.config.variational else 1)
    heads = encoder(x)
    for found, wanted in zip(heads if isinstance(heads, list) else [heads], expected, strict=False):
        np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), atol=1e-6)
    pictures = np.asarray(vae.likelihood.mean(vae.decoder(codes)))
    np.testing.assert_allclose(np.asarray(decoder(codes)), pictures, atol=1e-6)
    assert np.ptp(pictures) > 0.1
    for model in (encoder, decoder):
        assert {type(layer).__module__.split(".")[0] for layer in model.layers} == {"keras"}
        assert len({layer.name for layer in model.layers}) == len(model.layers)
        for weight in model.weights:  # copies
            weight.assign(np.zeros(weight.shape))
    for key, weight in vae.named_weights().items():
        np.testing.assert_array_equal(weight.numpy(), before[key])


def test_the_whole_is_the_mean_s_reconstruction(make_bundle):
    vae = load_bundle(make_bundle("conditional-flow")).vae
    whole = whole_model(plain_encoder(vae), plain_decoder(vae), vae.config.classes)
    x = np.random.default_rng(0).uniform(size=(4, 8, 8, 1)).astype(np.float32)
    weights = np.eye(10, dtype=np.float32)[[3, 1, 4, 1]]
    codes = np.concatenate([np.asarray(vae.encode(x)[0]), weights], axis=1)
    expected = np.asarray(vae.likelihood.mean(vae.decoder(codes)))
    found = whole({"images": x, "class_weights": weights})
    np.testing.assert_allclose(np.asarray(found), expected, atol=1e-6)
    assert isinstance(whole.get_layer("encoder"), keras.Model) and isinstance(whole.get_layer("decoder"), keras.Model)
