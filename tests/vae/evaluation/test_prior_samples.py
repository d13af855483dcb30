"""Draws come from the model's prior, have the classes of the data, and are all returned."""

import numpy as np
import pytest

from vae.evaluation.prior_samples import draw_codes, draw_pictures
from vae.inference.codec import Codec
from vae.models.config import ModelConfig
from vae.models.untyped_keras import ops
from vae.models.vae import VAE

SMALL = {"image_shape": (8, 8, 1), "latent_dim": 3, "widths": (4,), "dense_units": 8}
LABELS = np.repeat([0, 2], [900, 100])  # of three classes, the second without images


def _rng(seed: int = 0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("variational", [True, False])
def test_codes_of_a_normal_prior_are_normal(variational):
    codes = draw_codes(VAE(ModelConfig(**SMALL, variational=variational)), 5000, LABELS, _rng())
    assert (codes.shape, codes.dtype) == ((5000, 3), np.float32)
    np.testing.assert_allclose(codes.mean(axis=0), 0, atol=0.06)
    np.testing.assert_allclose(np.cov(codes.T), np.eye(3), atol=0.06)


def test_codes_of_a_flow_follow_the_flow():
    vae = VAE(ModelConfig(**SMALL, prior="realnvp", prior_blocks=2, prior_units=4))
    rng = _rng(7)
    for variable in vae.prior.trainable_variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    codes = draw_codes(vae, 300, LABELS, _rng())
    noise = _rng().standard_normal((300, 3), np.float32)
    np.testing.assert_allclose(codes, ops.convert_to_numpy(vae.sample_prior(noise)), atol=1e-4)
    assert np.abs(codes - noise).max() > 0.1


def test_classes_have_the_frequencies_of_the_training_labels():
    codes = draw_codes(VAE(ModelConfig(**SMALL, classes=3)), 5000, LABELS, _rng())
    assert codes.shape == (5000, 6)
    assert set(np.unique(codes[:, 3:])) == {0, 1}
    np.testing.assert_array_equal(codes[:, 3:].sum(axis=1), 1)
    np.testing.assert_allclose(codes[:, 3:].mean(axis=0), [0.9, 0, 0.1], atol=0.02)
    assert abs(np.corrcoef(codes[:, 0], codes[:, 3])[0, 1]) < 0.05, "z does not depend on the class"


def test_all_codes_are_decoded():
    vae, counts = VAE(ModelConfig(**SMALL)), []
    pictures = draw_pictures(vae, 300, LABELS, _rng(), counts.append)
    assert (pictures.shape, pictures.dtype) == ((300, 8, 8, 1), np.uint8)
    np.testing.assert_array_equal(pictures, Codec(vae).decode_pixels(draw_codes(vae, 300, LABELS, _rng())))
    assert sum(counts) == 300


def test_the_seed_determines_the_pictures():
    vae = VAE(ModelConfig(**SMALL))
    one, same, other = (draw_pictures(vae, 20, LABELS, _rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
