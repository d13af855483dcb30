"""The terms of the bounds against closed forms, SciPy, and a model with known likelihood."""

from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from vae.models.elbo import importance_log_weights, kl_divergence, log_mean_exp, log_normal, reparameterize
from vae.models.untyped_keras import ops

_NORMAL: Any = stats.multivariate_normal  # SciPy has no types


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def _posteriors(rows=5, width=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, width)).astype(np.float32), rng.normal(-1, 1, (rows, width)).astype(np.float32)


class TestKL:
    def test_it_is_0_only_at_the_prior(self):
        np.testing.assert_array_equal(_numpy(kl_divergence(np.zeros((2, 3)), np.zeros((2, 3)))), np.zeros((2, 3)))
        mean, log_var = _posteriors(200)
        assert (_numpy(kl_divergence(mean, log_var)) > 0).all()

    @pytest.mark.parametrize(
        ("mean", "variance", "nats"),
        [(1.0, 1.0, 0.5), (-3.0, 1.0, 4.5), (0.0, 4.0, 1.5 - np.log(2)), (0.0, 0.25, np.log(2) - 0.375)],
    )
    def test_closed_forms(self, mean, variance, nats):
        found = kl_divergence(np.array([[mean]], np.float32), np.array([[np.log(variance)]], np.float32))
        np.testing.assert_allclose(_numpy(found), [[nats]], rtol=1e-6)

    def test_it_is_the_mean_log_ratio_of_draws(self):
        mean, log_var = _posteriors()
        draws = np.random.default_rng(1).standard_normal((200_000, *mean.shape)) * np.exp(0.5 * log_var) + mean
        ratio = stats.norm.logpdf(draws, mean, np.exp(0.5 * log_var)) - stats.norm.logpdf(draws)
        error = ratio.std(axis=0) / np.sqrt(len(draws))
        assert (np.abs(_numpy(kl_divergence(mean, log_var)) - ratio.mean(axis=0)) < 5 * error + 1e-5).all()


class TestLogNormal:
    def test_against_scipy(self):
        mean, log_var = _posteriors()
        z = np.random.default_rng(2).normal(size=mean.shape).astype(np.float32)
        expected = stats.norm.logpdf(z, mean, np.exp(0.5 * log_var)).sum(axis=1)
        np.testing.assert_allclose(_numpy(log_normal(z, mean, log_var)), expected, rtol=1e-5)

    def test_the_default_is_the_prior(self):
        z = np.random.default_rng(3).normal(size=(4, 6)).astype(np.float32)
        expected = _NORMAL(np.zeros(6)).logpdf(z)
        np.testing.assert_allclose(_numpy(log_normal(z)), expected, rtol=1e-5)

    def test_parameters_broadcast_over_draws(self):
        mean, log_var = _posteriors(2, 3)
        z = np.random.default_rng(4).normal(size=(2, 7, 3)).astype(np.float32)
        found = _numpy(log_normal(z, mean[:, None], log_var[:, None]))
        expected = stats.norm.logpdf(z, mean[:, None], np.exp(0.5 * log_var)[:, None]).sum(axis=2)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


class TestReparameterize:
    def test_the_noise_is_scaled_and_shifted(self):
        mean, variance, noise = np.array([[[1.0, -2.0]], [[4.0, 0.25]], [[0.5, -2.0]]], np.float32)
        z = reparameterize(mean, np.log(variance), noise)
        np.testing.assert_allclose(_numpy(z), [[2.0, -3.0]], rtol=1e-6)

    def test_draws_have_the_moments_of_the_posterior(self):
        mean, log_var = _posteriors(1, 4)
        noise = np.random.default_rng(5).standard_normal((100_000, 4)).astype(np.float32)
        z = _numpy(reparameterize(mean, log_var, noise))
        np.testing.assert_allclose(z.mean(axis=0), mean[0], atol=0.03)
        np.testing.assert_allclose(z.var(axis=0), np.exp(log_var[0]), rtol=0.03)


SIGMA = 0.4  # of the noise
SCALES = np.array([2.0, 1.0, 0.2])  # of the columns of W


@pytest.fixture(scope="module")
def toy():
    """Return x, W, mean and log-variance of the exact posterior, and log p(x)."""
    rng = np.random.default_rng(6)
    basis, _ = np.linalg.qr(rng.normal(size=(5, 3)))
    weights = basis * SCALES  # (5, 3)
    x = rng.normal(size=(8, 3)) @ weights.T + SIGMA * rng.normal(size=(8, 5))
    variance = 1 / (1 + SCALES**2 / SIGMA**2)  # (3,)
    mean = x @ weights / SIGMA**2 * variance  # (8, 3)
    exact = _NORMAL(np.zeros(5), weights @ weights.T + SIGMA**2 * np.eye(5)).logpdf(x)
    return x, weights, mean, np.broadcast_to(np.log(variance), mean.shape), exact


class TestImportanceWeights:
    """x = W z + noise. The columns of W are orthogonal, so q(z | x) is diagonal, and all densities are known."""

    def _log_weights(self, x, weights, mean, log_var, draws, seed=7):
        noise = np.random.default_rng(seed).standard_normal((len(x), draws, 3))
        mean, log_var = mean[:, None].astype(np.float32), log_var[:, None].astype(np.float32)
        z = reparameterize(mean, log_var, noise.astype(np.float32))
        error = x[:, None] - _numpy(z) @ weights.T
        log_likelihood = stats.norm.logpdf(error, 0, SIGMA).sum(axis=2).astype(np.float32)
        return _numpy(importance_log_weights(log_likelihood, log_normal(z), z, mean, log_var)).astype(np.float64)

    @pytest.mark.parametrize("draws", [1, 2, 50])
    def test_the_exact_posterior_makes_the_bound_tight_for_any_k(self, toy, draws):
        x, weights, mean, log_var, exact = toy
        log_w = self._log_weights(x, weights, mean, log_var, draws)
        # The weight of every draw is p(x), not only on average.
        np.testing.assert_allclose(log_w, np.broadcast_to(exact[:, None], log_w.shape), atol=1e-3)
        np.testing.assert_allclose(logsumexp(log_w, axis=1) - np.log(draws), exact, atol=1e-3)

    def test_a_wrong_posterior_has_a_gap_that_more_draws_close(self, toy):
        x, weights, mean, log_var, exact = toy
        wide = log_var + 0.5
        log_w = self._log_weights(x, weights, mean, wide, 4000)
        # ELBO = log p(x) − KL(q ‖ posterior): the same KL of two centred normals in each of three dimensions.
        gap = 3 * 0.5 * (np.exp(0.5) - 1 - 0.5)
        np.testing.assert_allclose((exact - log_w.mean(axis=1)).mean(), gap, rtol=0.05)
        bound = [np.mean(logsumexp(log_w[:, :k], axis=1) - np.log(k)) for k in (1, 10, 4000)]
        assert bound[0] < bound[1] < bound[2]
        np.testing.assert_allclose(bound[2], exact.mean(), atol=0.02)

    def test_it_uses_the_given_prior(self):
        mean, log_var = _posteriors()
        z, log_likelihood, log_prior = mean + 1, np.arange(5, dtype=np.float32), np.array([-1, 2, 0, 5, -7], np.float32)
        found = _numpy(importance_log_weights(log_likelihood, log_prior, z, mean, log_var))
        expected = log_likelihood + log_prior - stats.norm.logpdf(z, mean, np.exp(0.5 * log_var)).sum(axis=1)
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


class TestLogMeanExp:
    def test_it_is_the_log_of_the_mean(self):
        weights = np.random.default_rng(8).uniform(0.1, 5, (4, 6)).astype(np.float32)
        np.testing.assert_allclose(_numpy(log_mean_exp(np.log(weights))), np.log(weights.mean(axis=1)), rtol=1e-5)

    @pytest.mark.parametrize("level", [-1e4, 0.0, 1e4])
    def test_the_mean_of_equal_weights_is_that_weight(self, level):
        np.testing.assert_allclose(_numpy(log_mean_exp(np.full((2, 50), level, np.float32))), level, atol=1e-3)
