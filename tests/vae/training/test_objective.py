"""The training losses, computed again from their formulas with the same noise."""

import dataclasses

import keras
import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from vae.backend import compile_train_step
from vae.models.config import ModelConfig, TrainConfig, make_config
from vae.models.untyped_keras import ops
from vae.models.vae import VAE
from vae.training.objective import Objective

CONFIG = ModelConfig(image_shape=(8, 8, 1), latent_dim=3, widths=(4,), dense_units=12)
ROWS = 16


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


@pytest.fixture
def batch(digits):
    return digits.train.images[:ROWS], digits.train.labels[:ROWS].astype(np.int32)


def _vae(**settings) -> VAE:
    """Return a VAE with random weights, including biases and the flow, so that no term is zero."""
    vae = VAE(dataclasses.replace(CONFIG, **settings), seed=1)
    rng = np.random.default_rng(5)
    for weight in vae.trainable_variables:
        weight.assign(weight.numpy() + rng.normal(0, 0.2, weight.shape))
    return vae


def _objective(vae: VAE, steps: int = 100, **settings) -> Objective:
    return Objective(vae, make_config(TrainConfig, **({"kl_warmup": 0.0} | settings)), steps)


def _figures(results) -> tuple[float, float, float]:
    loss, reconstruction, kl = (float(_numpy(part)) for part in results)
    return loss, reconstruction, kl


@pytest.fixture
def fixed_noise(monkeypatch):
    """Return a function that sets the next draws of noise."""

    def fix(noise):
        monkeypatch.setattr(keras.random, "normal", lambda shape, seed: ops.convert_to_tensor(noise))

    return fix


def _terms(vae, batch, noise):
    """Return log p(x | z), z and the posterior, for one draw per image with `noise`, `(n, latent_dim)`."""
    images, labels = batch
    x = images.astype(np.float32) / 255
    z_mean, z_log_var = (_numpy(part).astype(np.float64) for part in vae.encode(x))
    z = z_mean + np.exp(0.5 * z_log_var) * noise
    log_likelihood = _numpy(vae.log_prob_x(x, z.astype(np.float32), labels)).astype(np.float64)
    return log_likelihood, z, z_mean, z_log_var


def _kl(z_mean, z_log_var):
    return 0.5 * (np.exp(z_log_var) + z_mean**2 - 1 - z_log_var)  # (n, latent_dim)


class TestELBO:
    @pytest.mark.parametrize("likelihood", ["bernoulli", "continuous-bernoulli", "gaussian", "discretized-logistic"])
    @pytest.mark.parametrize("beta", [1.0, 2.5, 0.0])
    def test_it_is_the_negative_elbo_of_the_drawn_codes(self, batch, fixed_noise, likelihood, beta):
        vae = _vae(likelihood=likelihood)
        noise = np.random.default_rng(2).standard_normal((ROWS, 3)).astype(np.float32)
        fixed_noise(noise)
        log_likelihood, _, z_mean, z_log_var = _terms(vae, batch, noise)
        kl = _kl(z_mean, z_log_var).sum(axis=1)
        expected = (beta * kl - log_likelihood).mean(), -log_likelihood.mean(), kl.mean()
        assert _figures(_objective(vae, beta=beta)(*batch)) == pytest.approx(expected, rel=1e-4)

    def test_with_a_flow_the_kl_uses_the_same_draw(self, batch, fixed_noise):
        vae = _vae(prior="realnvp", prior_blocks=3, prior_units=5)
        noise = np.random.default_rng(2).standard_normal((ROWS, 3)).astype(np.float32)
        fixed_noise(noise)
        log_likelihood, z, z_mean, z_log_var = _terms(vae, batch, noise)
        log_q = stats.norm.logpdf(z, z_mean, np.exp(0.5 * z_log_var)).sum(axis=1)
        kl = log_q - _numpy(vae.prior.log_prob(z.astype(np.float32)))
        expected = (2 * kl - log_likelihood).mean(), -log_likelihood.mean(), kl.mean()
        assert _figures(_objective(vae, beta=2.0)(*batch)) == pytest.approx(expected, rel=1e-4)

    def test_bytes_and_unit_floats_have_the_same_loss(self, batch, fixed_noise):
        fixed_noise(np.zeros((ROWS, 3), np.float32))
        vae = _vae()
        as_bytes, as_floats = (_figures(_objective(vae)(x, batch[1])) for x in (batch[0], batch[0] / np.float32(255)))
        assert as_bytes == pytest.approx(as_floats, rel=1e-5)

    def test_each_step_draws_new_codes_from_the_posterior(self, batch, monkeypatch):
        vae, drawn = _vae(), []
        log_prob_x = vae.log_prob_x
        monkeypatch.setattr(vae, "log_prob_x", lambda x, z, *rest, **named: drawn.append(z) or log_prob_x(x, z, *rest))
        objective = _objective(vae)
        images, labels = (np.repeat(part, 100, axis=0) for part in batch)
        objective(images, labels)
        objective(images, labels)
        z_mean, z_log_var = (_numpy(part) for part in vae.encode(images.astype(np.float32) / 255))
        standard = (np.array([_numpy(z) for z in drawn]) - z_mean) / np.exp(0.5 * z_log_var)
        assert len(np.unique(standard)) > 0.99 * standard.size, "in each step and for each image"
        assert stats.kstest(standard.ravel(), "norm").pvalue > 1e-4

    def test_the_seed_determines_the_noise_and_its_state_can_be_restored(self, batch):
        vae = _vae()
        first, again, other = (_objective(vae, seed=seed) for seed in (3, 3, 4))
        losses = [_figures(objective(*batch))[0] for objective in (first, again, other)]
        assert losses[0] == losses[1] != losses[2]
        kept = [np.array(variable.numpy()) for variable in first.variables]
        following = _figures(first(*batch))[0]
        assert following != losses[0]
        for variable, value in zip(first.variables, kept, strict=True):
            variable.assign(value)
        assert _figures(first(*batch))[0] == following

    def test_dropout_and_the_optimal_sigma_of_the_batch_are_active(self, batch, fixed_noise):
        fixed_noise(np.zeros((ROWS, 3), np.float32))
        dropped = VAE(CONFIG, dropout=0.5)
        objective = _objective(dropped)
        assert _figures(objective(*batch))[2] != _figures(objective(*batch))[2]
        optimal = _vae(likelihood="gaussian-optimal")
        _objective(optimal)(*batch)
        x = batch[0].astype(np.float32) / 255
        z_mean, _ = optimal.encode(x)
        error = x - _numpy(optimal.likelihood.mean(optimal.decoder(z_mean)))
        assert float(optimal.likelihood.log_width.numpy()) == pytest.approx(0.5 * np.log(np.mean(error**2)), rel=1e-4)


class TestWarmUp:
    def _weights(self, batch, steps, of=100, **settings) -> list[float]:
        """Return β of each step, computed from the loss."""
        objective = _objective(_vae(), of, **settings)
        figures = [_figures(objective(*batch)) for _ in range(steps)]
        return [(loss - reconstruction) / kl for loss, reconstruction, kl in figures]

    def test_beta_rises_linearly_per_step_and_stays(self, batch):
        found = self._weights(batch, 7, beta=2.0, kl_warmup=0.05)
        np.testing.assert_allclose(found, [0.4, 0.8, 1.2, 1.6, 2.0, 2.0, 2.0], rtol=1e-3)

    def test_it_is_a_share_of_all_steps(self, batch):
        np.testing.assert_allclose(self._weights(batch, 3, of=40, kl_warmup=0.1), [0.25, 0.5, 0.75], rtol=1e-3)

    def test_without_warm_up_beta_is_constant(self, batch):
        np.testing.assert_allclose(self._weights(batch, 2, beta=0.5), [0.5, 0.5], rtol=1e-3)

    def test_it_continues_from_a_restored_state(self, batch):
        vae = _vae()
        objective, resumed = (_objective(vae, kl_warmup=0.5) for _ in range(2))
        for _ in range(7):
            objective(*batch)
        for variable, kept in zip(resumed.variables, objective.variables, strict=True):
            variable.assign(kept.numpy())
        assert _figures(resumed(*batch)) == _figures(objective(*batch))


class TestFreeBits:
    def test_a_dimension_costs_lambda_at_least(self, batch, fixed_noise):
        vae = _vae()
        noise = np.zeros((ROWS, 3), np.float32)
        fixed_noise(noise)
        log_likelihood, _, z_mean, z_log_var = _terms(vae, batch, noise)
        per_dimension = _kl(z_mean, z_log_var).mean(axis=0)
        free = float(np.sort(per_dimension)[1] + 1e-3)  # two of three dimensions are below it
        loss, reconstruction, kl = _figures(_objective(vae, beta=1.5, free_bits=free)(*batch))
        assert loss == pytest.approx(-log_likelihood.mean() + 1.5 * (2 * free + per_dimension.max()), rel=1e-4)
        assert kl == pytest.approx(per_dimension.sum(), rel=1e-4), "the reported KL is without free bits"
        assert reconstruction == pytest.approx(-log_likelihood.mean(), rel=1e-4)

    @pytest.mark.parametrize("free_bits", [0.0, 0.5])
    def test_dimensions_below_lambda_get_no_gradient(self, batch, free_bits):
        vae = _vae()
        # The heads are constant, and the decoder ignores the code, so only the KL has a gradient.
        for layer in ("z_mean", "z_log_var"):
            head = vae.encoder.get_layer(layer)
            head.set_weights([np.zeros_like(head.kernel.numpy()), np.zeros(3, np.float32)])
        vae.encoder.get_layer("z_mean").bias.assign([0.5, 1.5, -0.2])  # KL 0.125, 1.125, 0.02
        hidden = vae.decoder.get_layer("hidden")
        hidden.kernel.assign(np.zeros_like(hidden.kernel.numpy()))
        optimizer = keras.optimizers.SGD(0.1)
        optimizer.build(vae.trainable_variables)
        objective = _objective(vae, free_bits=free_bits)
        state = [*vae.variables, *objective.variables]
        compile_train_step(objective, vae.trainable_variables, state, optimizer, [], 0.0)(*batch)
        # The derivative of the KL by z_mean is z_mean.
        expected = [0.5, 1.35, -0.2] if free_bits else [0.45, 1.35, -0.18]
        np.testing.assert_allclose(vae.encoder.get_layer("z_mean").bias.numpy(), expected, rtol=1e-4)


class TestImportanceWeighted:
    @pytest.mark.parametrize("beta", [1.0, 0.3])
    @pytest.mark.parametrize("settings", [{}, {"prior": "realnvp", "prior_blocks": 2}, {"classes": 10}], ids=str)
    def test_it_is_the_log_mean_of_tempered_weights(self, batch, fixed_noise, beta, settings):
        vae, samples = _vae(**settings), 4
        noise = np.random.default_rng(3).standard_normal((ROWS, samples, 3)).astype(np.float32)
        fixed_noise(noise.reshape(-1, 3))
        log_w, log_likelihoods, kl = [], [], []
        for k in range(samples):
            log_likelihood, z, z_mean, z_log_var = _terms(vae, batch, noise[:, k])
            log_q = stats.norm.logpdf(z, z_mean, np.exp(0.5 * z_log_var)).sum(axis=1)
            ratio = _numpy(vae.log_prior(z.astype(np.float32))) - log_q
            log_w.append(log_likelihood + beta * ratio)
            log_likelihoods.append(log_likelihood)
            kl.append(-ratio)
        bound = logsumexp(log_w, axis=0) - np.log(samples)
        expected = -bound.mean(), -np.mean(log_likelihoods), np.mean(kl)
        found = _figures(_objective(vae, beta=beta, importance_samples=samples)(*batch))
        assert found == pytest.approx(expected, rel=1e-4)

    def test_with_equal_draws_it_is_the_elbo_of_that_draw(self, batch, fixed_noise):
        """The bound of k equal draws is that of one: log p(x | z) + log p(z) − log q(z | x)."""
        vae = _vae()
        noise = np.random.default_rng(3).standard_normal((ROWS, 3)).astype(np.float32)
        fixed_noise(np.repeat(noise, 5, axis=0))
        log_likelihood, z, z_mean, z_log_var = _terms(vae, batch, noise)
        log_q = stats.norm.logpdf(z, z_mean, np.exp(0.5 * z_log_var)).sum(axis=1)
        elbo = log_likelihood + stats.norm.logpdf(z).sum(axis=1) - log_q
        loss, reconstruction, kl = _figures(_objective(vae, importance_samples=5)(*batch))
        assert loss == pytest.approx(-elbo.mean(), rel=1e-4)
        assert loss == pytest.approx(reconstruction + kl, rel=1e-4)

    def test_more_draws_tighten_the_bound_of_a_trained_model(self, trained, digits):
        images, labels = digits.validation.images, digits.validation.labels.astype(np.int32)

        def loss(samples):
            objective = _objective(trained.vae, importance_samples=samples)
            return np.mean([_figures(objective(images, labels))[0] for _ in range(5)])

        losses = [loss(samples) for samples in (1, 3, 20)]
        assert losses[0] > losses[1] + 0.1
        assert losses[1] > losses[2] + 0.1


class TestPlainAutoencoder:
    def test_it_is_the_reconstruction_at_the_mean(self, batch):
        vae = _vae(variational=False, likelihood="gaussian")
        x = batch[0].astype(np.float32) / 255
        expected = -_numpy(vae.log_prob_x(x, vae.encode(x)[0])).mean()
        objective = _objective(vae)
        figures = [_figures(objective(*batch)) for _ in range(2)]
        assert figures[0] == figures[1] == pytest.approx((expected, expected, 0.0), rel=1e-5)


class TestBinarize:
    def _seen(self, vae, batch, monkeypatch):
        """Return the inputs of encoder and likelihood in two steps, `(2, n, h, w, c)` each."""
        encoded, compared = [], []
        encode, log_prob_x = vae.encode, vae.log_prob_x
        monkeypatch.setattr(vae, "encode", lambda x, **named: encoded.append(_numpy(x)) or encode(x, **named))
        monkeypatch.setattr(
            vae, "log_prob_x", lambda x, *rest, **named: compared.append(_numpy(x)) or log_prob_x(x, *rest, **named)
        )
        objective = _objective(vae)
        for _ in range(2):
            objective(*batch)
        return np.array(encoded), np.array(compared)

    @pytest.mark.parametrize("variational", [True, False])
    def test_each_step_samples_pixels_with_the_probability_of_their_grey_level(self, batch, monkeypatch, variational):
        images, labels = (np.concatenate([part] * 300) for part in batch)
        vae = _vae(binarize=True, variational=variational)
        encoded, compared = self._seen(vae, (images, labels), monkeypatch)
        np.testing.assert_array_equal(encoded, compared)
        assert set(np.unique(compared)) == {0.0, 1.0}
        assert (compared[0] != compared[1]).any(), "new pixels in each step"
        grey = batch[0].astype(np.float64) / 255
        error = np.sqrt(grey * (1 - grey) / 600)
        frequency = compared.reshape(600, *grey.shape).mean(axis=0)
        assert (np.abs(frequency - grey) <= 5 * error).all(), "black and white pixels never change"

    def test_without_it_the_inputs_are_grey_levels(self, batch, monkeypatch):
        _, compared = self._seen(_vae(), batch, monkeypatch)
        np.testing.assert_allclose(compared[0], batch[0] / 255, rtol=1e-6)


class TestConditional:
    def test_the_decoder_takes_the_label(self, batch, fixed_noise):
        vae = _vae(classes=10)
        noise = np.zeros((ROWS, 3), np.float32)
        fixed_noise(noise)
        for labels in (batch[1], (batch[1] + 1) % 10):
            log_likelihood, *_ = _terms(vae, (batch[0], labels), noise)
            reconstruction = _figures(_objective(vae)(batch[0], labels))[1]
            assert reconstruction == pytest.approx(-log_likelihood.mean(), rel=1e-5)
        right, wrong = (_figures(_objective(vae)(batch[0], labels))[1] for labels in (batch[1], (batch[1] + 1) % 10))
        assert abs(right - wrong) > 1e-2
