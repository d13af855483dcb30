"""The validation figures, computed again from the same draws."""

import dataclasses

import numpy as np
import pytest

from vae.data.dataset import Split
from vae.models.config import ModelConfig
from vae.models.vae import VAE
from vae.training.validation import Validation

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=12)


def _vae(**settings) -> VAE:
    vae = VAE(dataclasses.replace(CONFIG, **settings), seed=1)
    rng = np.random.default_rng(5)
    for weight in vae.trainable_variables:
        weight.assign(weight.numpy() + rng.normal(0, 0.2, weight.shape))
    return vae


@pytest.mark.parametrize(
    "settings",
    [{}, {"classes": 10, "likelihood": "gaussian"}, {"prior": "realnvp", "prior_blocks": 2}, {"variational": False}],
    ids=str,
)
def test_the_figures_are_the_elbo_of_one_draw(digits, settings):
    vae, split = _vae(**settings), digits.validation
    figures, per_dimension = Validation(vae, seed=3, beta=2.0).measure(split)
    reconstruction, kl = figures["reconstruction"], figures["kl"]
    assert figures["loss"] == reconstruction + 2 * kl

    x = split.images.astype(np.float32) / 255
    z_mean, z_log_var = (np.asarray(part) for part in vae.encode(x))
    noise = np.random.default_rng(3).standard_normal((len(split), 3), np.float32)
    z = z_mean + np.exp(0.5 * z_log_var) * noise
    expected = -np.asarray(vae.log_prob_x(x, z, split.labels.astype(np.int32))).mean()
    assert reconstruction == pytest.approx(expected, rel=1e-4)
    assert kl == pytest.approx(np.asarray(vae.kl(z, z_mean, z_log_var)).mean(), rel=1e-4, abs=1e-6)
    assert per_dimension.shape == (3,)
    if "prior" not in settings:
        assert per_dimension.sum() == pytest.approx(kl, rel=1e-4)


def test_every_call_uses_the_same_draws_and_the_current_weights(digits):
    vae = _vae(binarize=True)
    validation = Validation(vae, seed=3)
    first, again = (validation.measure(digits.validation) for _ in range(2))
    assert first[0] == again[0]
    assert Validation(vae, seed=4).measure(digits.validation)[0] != first[0]
    bias = vae.decoder.get_layer("logits").bias
    bias.assign(bias + 1.0)
    assert validation.measure(digits.validation)[0] != first[0]


def test_binary_pixels_are_sampled_with_the_probability_of_their_grey_level(digits):
    """For a decoder whose mean is p everywhere, the loss is close to the entropy of p, up to the sampling error."""
    vae = _vae(binarize=True)
    for layer in ("hidden", "unflatten", "logits"):
        for weight in vae.decoder.get_layer(layer).weights:
            weight.assign(np.zeros(weight.shape))
    grey = Split(np.full((600, 8, 8, 1), 51, np.uint8), np.zeros(600, np.int64))
    logit = np.log(0.2 / 0.8)
    vae.decoder.get_layer("logits").bias.assign([logit])
    reconstruction = Validation(vae, seed=0).measure(grey)[0]["reconstruction"]
    entropy = -64 * (0.2 * np.log(0.2) + 0.8 * np.log(0.8))
    deviation = abs(logit) * np.sqrt(0.2 * 0.8 / (600 * 64)) * 64
    assert reconstruction != pytest.approx(entropy, rel=1e-7), "sampled pixels, not grey levels"
    assert abs(reconstruction - entropy) < 5 * deviation


def test_all_images_of_several_batches_count(digits):
    split = digits.train  # 1,250
    vae = _vae(variational=False)
    reconstruction = Validation(vae, seed=0).measure(split)[0]["reconstruction"]
    x = split.images.astype(np.float32) / 255
    expected = -np.asarray(vae.log_prob_x(x, vae.encode(x)[0])).mean()
    assert reconstruction == pytest.approx(expected, rel=1e-3)


def test_the_loss_is_the_bound_of_the_training(digits):
    """More samples give a tighter bound. Reconstruction and KL stay those of the ELBO."""
    one, many = (Validation(_vae(), seed=3, samples=samples).measure(digits.validation)[0] for samples in (1, 20))
    assert many["loss"] < one["loss"] - 0.1
    assert (many["reconstruction"], many["kl"]) == (one["reconstruction"], one["kl"])
