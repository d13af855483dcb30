"""The VAE: codes, densities, KL and weights by name. `training/test_objective.py` tests the loss."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from vae.models.config import ModelConfig
from vae.models.elbo import kl_divergence
from vae.models.formulas import POINT_LOG_VAR, unit_range
from vae.models.untyped_keras import ops
from vae.models.vae import VAE

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=12)


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def _vae(seed: int = 0, **settings) -> VAE:
    return VAE(dataclasses.replace(CONFIG, **settings), seed=seed)


@pytest.fixture
def images(digits):
    return digits.train.images[:32].astype(np.float32) / 255


def test_bytes_become_unit_floats_and_floats_stay():
    scaled = _numpy(unit_range(ops.convert_to_tensor(np.array([0, 51, 255], np.uint8))))
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [0, 0.2, 1])
    np.testing.assert_array_equal(
        _numpy(unit_range(ops.convert_to_tensor(np.array([0, 0.2, 1], np.float32)))), np.array([0, 0.2, 1], np.float32)
    )


class TestEncode:
    def test_it_returns_the_two_heads(self, images):
        vae = _vae()
        np.testing.assert_array_equal(
            [_numpy(part) for part in vae.encode(images)], [_numpy(part) for part in vae.encoder(images)]
        )

    def test_codes_of_a_plain_autoencoder_are_points(self, images):
        vae = _vae(variational=False)
        z_mean, z_log_var = (_numpy(part) for part in vae.encode(images))
        assert z_mean.shape == z_log_var.shape == (32, 3)
        assert len(np.unique(z_mean[:, 0])) == 32
        np.testing.assert_array_equal(z_log_var, np.full((32, 3), POINT_LOG_VAR))

    def test_dropout_is_active_only_in_training(self, images):
        vae = VAE(CONFIG, dropout=0.5)
        still = [_numpy(vae.encode(images)[0]) for _ in range(2)]
        moving = [_numpy(vae.encode(images, training=True)[0]) for _ in range(2)]
        np.testing.assert_array_equal(still[0], still[1])
        assert (moving[0] != moving[1]).any()


class TestClasses:
    LABELS = np.array([2, 0, 1, 2], np.int32)

    def test_the_code_is_z_and_then_the_class(self):
        z = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
        code = _numpy(_vae(classes=3).code(z, self.LABELS))
        np.testing.assert_array_equal(code[:, :3], z)
        np.testing.assert_array_equal(code[:, 3:], np.eye(3)[self.LABELS])
        np.testing.assert_array_equal(_numpy(_vae().code(z, self.LABELS)), z)

    def test_the_likelihood_depends_on_the_class(self, images):
        vae, z = _vae(classes=3), np.zeros((4, 3), np.float32)
        found = _numpy(vae.log_prob_x(images[:4], z, self.LABELS))
        other = _numpy(vae.log_prob_x(images[:4], z, (self.LABELS + 1) % 3))
        assert (np.abs(found - other) > 1e-4).all()
        logits = vae.decoder(np.concatenate([z, np.eye(3, dtype=np.float32)[self.LABELS]], axis=1))
        np.testing.assert_allclose(found, _numpy(vae.likelihood.log_prob(images[:4], logits)), rtol=1e-5)

    def test_the_encoder_does_not_take_the_class(self, images):
        with_classes, without = _vae(classes=3), _vae()
        np.testing.assert_array_equal(_numpy(with_classes.encode(images)[0]), _numpy(without.encode(images)[0]))


class TestKL:
    def test_with_the_normal_prior_it_is_exact_for_any_draw(self, images):
        vae = _vae()
        z_mean, z_log_var = vae.encode(images)
        expected = _numpy(kl_divergence(z_mean, z_log_var)).sum(axis=1)
        for z in (z_mean, z_mean + 3):
            np.testing.assert_allclose(_numpy(vae.kl(z, z_mean, z_log_var)), expected, rtol=1e-5)

    def test_with_a_flow_it_is_the_log_ratio_of_the_draw(self, images):
        vae = _vae(prior="realnvp", prior_blocks=2, prior_units=4)
        rng = np.random.default_rng(1)
        for weight in vae.prior.weights:
            weight.assign(rng.normal(0, 0.4, weight.shape))
        z_mean, z_log_var = (_numpy(part) for part in vae.encode(images))
        z = (z_mean + np.exp(0.5 * z_log_var) * rng.standard_normal(z_mean.shape)).astype(np.float32)
        log_q = stats.norm.logpdf(z, z_mean, np.exp(0.5 * z_log_var)).sum(axis=1)
        expected = log_q - _numpy(vae.prior.log_prob(z))
        np.testing.assert_allclose(_numpy(vae.kl(z, z_mean, z_log_var)), expected, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(_numpy(vae.log_prior(z)), _numpy(vae.prior.log_prob(z)))
        np.testing.assert_allclose(_numpy(vae.sample_prior(z)), _numpy(vae.prior.sample(z)))

    def test_with_an_untrained_flow_its_mean_is_that_of_the_normal(self, images):
        vae = _vae(prior="realnvp", prior_blocks=2, prior_units=4)
        z_mean, z_log_var = (np.repeat(_numpy(part)[:1], 20_000, axis=0) for part in vae.encode(images))
        noise = np.random.default_rng(2).standard_normal(z_mean.shape).astype(np.float32)
        found = _numpy(vae.kl(z_mean + np.exp(0.5 * z_log_var) * noise, z_mean, z_log_var))
        exact = _numpy(kl_divergence(z_mean[:1], z_log_var[:1])).sum()
        assert abs(found.mean() - exact) < 5 * found.std() / np.sqrt(len(found)) + 1e-4

    def test_a_plain_autoencoder_has_none(self, images):
        vae = _vae(variational=False)
        z_mean, z_log_var = vae.encode(images)
        np.testing.assert_array_equal(_numpy(vae.kl(z_mean, z_mean, z_log_var)), np.zeros(32))


def test_the_seed_determines_the_weights():
    first, again, other = (_vae(seed, prior="realnvp", prior_blocks=2).named_weights() for seed in (3, 3, 4))
    names = ("encoder/conv_0/kernel", "encoder/z_mean/kernel", "decoder/hidden/kernel", "decoder/logits/kernel")
    for name in (*names, "prior/coupling_0_hidden_0/kernel"):
        np.testing.assert_array_equal(first[name].numpy(), again[name].numpy())
        assert (first[name].numpy() != other[name].numpy()).all()


@pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli", "gaussian", "laplace"])
def test_the_output_bias_starts_at_the_mean_grey_level(likelihood):
    vae = _vae(image_shape=(8, 8, 3), likelihood=likelihood)
    vae.set_output_bias(0.13)
    bias = vae.decoder.get_layer("logits").bias.numpy()
    assert bias.shape == (3,)
    if likelihood != "continuous-bernoulli":
        np.testing.assert_allclose(bias, [np.log(0.13 / 0.87)] * 3, rtol=1e-5)
    start = _numpy(vae.likelihood.mean(vae.decoder(np.zeros((1, 3), np.float32))))
    np.testing.assert_allclose(start, 0.13, atol=1e-5)


SETTINGS = [
    {},
    {"network": "residual", "blocks": 2, "likelihood": "gaussian-optimal"},
    {"prior": "realnvp", "prior_blocks": 3, "likelihood": "laplace", "classes": 4},
]


@pytest.mark.parametrize("settings", SETTINGS)
def test_named_weights_are_all_variables_except_random_generators(settings):
    vae = VAE(dataclasses.replace(CONFIG, **settings), dropout=0.3)
    named = {id(variable) for variable in vae.named_weights().values()}
    everything = {id(variable) for variable in vae.variables}
    assert {id(variable) for variable in vae.trainable_variables} <= named < everything
    generators = [variable for variable in vae.variables if id(variable) not in named]
    assert all("seed" in variable.name for variable in generators)


@pytest.mark.parametrize("settings", SETTINGS)
def test_assigned_weights_make_the_same_model(settings, images):
    first, second = _vae(1, **settings), _vae(2, **settings)
    z, labels = np.full((32, 3), 0.5, np.float32), np.arange(32, dtype=np.int32) % 4
    assert (_numpy(first.log_prob_x(images, z, labels)) != _numpy(second.log_prob_x(images, z, labels))).any()
    second.assign({name: weight.numpy() for name, weight in first.named_weights().items()})
    for one, other in zip(first.encode(images), second.encode(images), strict=True):
        np.testing.assert_array_equal(_numpy(one), _numpy(other))
    np.testing.assert_array_equal(
        _numpy(first.log_prob_x(images, z, labels)), _numpy(second.log_prob_x(images, z, labels))
    )
    np.testing.assert_array_equal(_numpy(first.log_prior(z)), _numpy(second.log_prior(z)))


def test_the_optimizer_state_has_the_order_of_older_checkpoints():
    """Checkpoints store it by index. Within a block, normalisations come first."""
    config = ModelConfig(image_shape=(8, 8, 1), network="residual", widths=(4,), dense_units=5, likelihood="gaussian")
    vae = VAE(config)
    names = {id(weight): name for name, weight in vae.named_weights().items()}
    order = [names[id(variable)] for variable in vae.trainable_variables]
    layers = [name.removeprefix("encoder/").rpartition("/")[0] for name in order if name.endswith(("kernel", "gamma"))]
    assert layers[:7] == [
        "conv_0",
        "conv_0_block_0/norm_0",
        "conv_0_block_0/norm_1",
        "conv_0_block_0/conv_0",
        "conv_0_block_0/conv_1",
        "hidden",
        "z_mean",
    ]
    assert order[-1] == "likelihood/log_sigma"
    assert sorted(order) == sorted(names.values())
