"""The VAE: one loss, the negative ELBO, and the state that makes a run repeatable."""

import keras
import numpy as np
import pytest
from keras import ops

from vae.config import ModelConfig
from vae.elbo import kl_divergence
from vae.model import VAE, unit_range

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=12)


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


@pytest.fixture
def images(digits):
    return digits.train.images[:32]


def test_bytes_become_unit_floats_and_floats_stay():
    scaled = _numpy(unit_range(ops.convert_to_tensor(np.uint8([0, 51, 255]))))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [0, 0.2, 1])
    np.testing.assert_array_equal(
        _numpy(unit_range(ops.convert_to_tensor(np.float32([0, 0.2, 1])))), np.float32([0, 0.2, 1])
    )


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_loss_is_the_negative_elbo(images, likelihood):
    vae = VAE(
        ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=12, likelihood=likelihood), beta=2.5
    )
    outputs = vae(images)
    loss = float(_numpy(vae.compute_loss(x=ops.convert_to_tensor(images), y_pred=outputs, training=False)))
    kl = _numpy(kl_divergence(outputs["z_mean"], outputs["z_log_var"])).sum(axis=1)
    log_likelihood = _numpy(vae.likelihood.log_prob(images.astype(np.float32) / 255, outputs["logits"]))
    assert loss == pytest.approx(float((2.5 * kl - log_likelihood).mean()), rel=1e-5)
    assert float(_numpy(vae.kl_tracker.result())) == pytest.approx(float(kl.mean()), rel=1e-5)
    assert float(_numpy(vae.reconstruction_tracker.result())) == pytest.approx(float(-log_likelihood.mean()), rel=1e-5)


def test_z_is_drawn_from_the_posterior(images):
    vae = VAE(CONFIG)
    outputs = [vae(np.repeat(images[:1], 500, axis=0)) for _ in range(4)]
    z = np.concatenate([_numpy(output["z"]) for output in outputs])
    mean, std = (_numpy(outputs[0][name])[0] for name in ("z_mean", "z_log_var"))
    std = np.exp(0.5 * std)
    assert len(np.unique(z[:, 0])) == 2000
    np.testing.assert_array_less(np.abs(z.mean(axis=0) - mean), 5 * std / np.sqrt(2000))
    np.testing.assert_allclose(z.std(axis=0), std, rtol=0.1)


def test_the_picture_is_made_from_the_draw(images):
    vae = VAE(CONFIG)
    outputs = vae(images)
    np.testing.assert_allclose(_numpy(outputs["logits"]), _numpy(vae.decoder(outputs["z"])), atol=1e-5)


def test_the_seed_decides_weights_and_noise(images):
    first, again, other = (VAE(CONFIG, seed=seed) for seed in (3, 3, 4))
    for name in ("encoder/conv_0/kernel", "encoder/z_mean/kernel", "decoder/hidden/kernel", "decoder/logits/kernel"):
        kernels = [vae.named_weights()[name].numpy() for vae in (first, again, other)]
        np.testing.assert_array_equal(kernels[0], kernels[1])
        assert (kernels[0] != kernels[2]).all()
    draws = [_numpy(vae(images)["z"]) for vae in (first, again, other)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).all()
    assert (_numpy(first(images)["z"]) != draws[0]).all(), "the next call draws anew"


def test_the_noise_is_state_that_a_checkpoint_can_hold(images):
    vae = VAE(CONFIG)
    state = vae.noise.state.numpy()
    draw = _numpy(vae(images)["z"])
    vae.noise.state.assign(state)
    np.testing.assert_array_equal(_numpy(vae(images)["z"]), draw)
    assert any(variable is vae.noise.state for variable in vae.variables)


class TestWarmUp:
    def _weights(self, steps: int, **settings) -> list[float]:
        """β as each training step sees it, from the loss alone: (loss − reconstruction) / KL."""
        vae = VAE(CONFIG, **settings)
        vae.compile(optimizer=keras.optimizers.SGD(1e-3))
        images = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 1), np.uint8)
        history = vae.fit(images, batch_size=16, epochs=steps, verbose=0).history
        parts = zip(history["loss"], history["reconstruction"], history["kl"], strict=True)
        return [(loss - reconstruction) / kl for loss, reconstruction, kl in parts]

    def test_beta_rises_linearly_and_stays(self):
        found = self._weights(7, beta=2.0, kl_warmup_steps=5)
        np.testing.assert_allclose(found, [0.4, 0.8, 1.2, 1.6, 2.0, 2.0, 2.0], rtol=0.02)

    def test_without_warm_up_it_is_there_at_once(self):
        np.testing.assert_allclose(self._weights(2, beta=0.5), [0.5, 0.5], rtol=0.02)

    def test_validation_always_weighs_in_full(self, images):
        vae = VAE(CONFIG, beta=3.0, kl_warmup_steps=1000)
        vae.compile(optimizer="sgd")
        figures = vae.evaluate(images, verbose=0, return_dict=True)
        assert (figures["loss"] - figures["reconstruction"]) / figures["kl"] == pytest.approx(3.0, rel=0.01)
        assert int(vae.step.numpy()) == 0, "measuring is not training"


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_output_bias_starts_at_the_mean_grey_level(likelihood):
    config = ModelConfig(image_shape=(8, 8, 3), latent_dim=3, widths=(4,), dense_units=12, likelihood=likelihood)
    vae = VAE(config)
    vae.set_output_bias(0.13)
    np.testing.assert_allclose(vae.decoder.get_layer("logits").bias.numpy(), [np.log(0.13 / 0.87)] * 3, rtol=1e-5)
    start = _numpy(vae.likelihood.mean(vae.decoder(np.zeros((1, 3), np.float32))))
    np.testing.assert_allclose(start, 0.13, atol=1e-5)


def test_named_weights_are_the_model_s_own_variables():
    vae = VAE(CONFIG)
    trainable = {id(variable) for variable in vae.trainable_variables}
    assert {id(variable) for variable in vae.named_weights().values()} == trainable
