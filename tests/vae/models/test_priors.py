"""The priors: a flow is a bijection with an exact density, and a trained one fits data that N(0, I) does not fit."""

from typing import Any

import keras
import numpy as np
import pytest
from scipy import stats

from vae.backend import compile_train_step
from vae.kinds import PRIORS
from vae.models.config import ModelConfig
from vae.models.prior_layer import PriorLayer
from vae.models.priors import RealNVP, StandardNormal
from vae.models.untyped_keras import ops

_NORMAL: Any = stats.multivariate_normal  # SciPy has no types


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def _flow(latent_dim: int, blocks: int = 4, units: int = 8, seed: int = 0) -> PriorLayer:
    config = ModelConfig(latent_dim=latent_dim, prior="realnvp", prior_blocks=blocks, prior_units=units)
    return PRIORS["realnvp"].make(config, seed)


def _random_flow(latent_dim: int, blocks: int = 4, seed: int = 0) -> PriorLayer:
    flow = _flow(latent_dim, blocks)
    rng = np.random.default_rng(seed)
    for weight in flow.weights:
        weight.assign(rng.normal(0, 0.4, weight.shape))
    return flow


def _codes(latent_dim: int, rows: int = 50) -> np.ndarray:
    return np.random.default_rng(9).normal(0, 1.5, (rows, latent_dim)).astype(np.float32)


def test_the_key_selects_the_layer():
    assert isinstance(PRIORS["normal"].plain(ModelConfig()), StandardNormal)
    assert isinstance(PRIORS["realnvp"].plain(ModelConfig(prior="realnvp")), RealNVP)


class TestStandardNormal:
    def test_it_is_scipy_s(self):
        z = _codes(6)
        expected = _NORMAL(np.zeros(6)).logpdf(z)
        np.testing.assert_allclose(_numpy(PRIORS["normal"].make(ModelConfig()).log_prob(z)), expected, rtol=1e-5)

    def test_its_draws_are_the_noise(self):
        noise = _codes(6)
        np.testing.assert_array_equal(_numpy(PRIORS["normal"].make(ModelConfig()).sample(noise)), noise)


class TestRealNVP:
    @pytest.mark.parametrize("latent_dim", [2, 3, 8])
    def test_it_starts_as_the_standard_normal(self, latent_dim):
        flow, z = _flow(latent_dim), _codes(latent_dim)
        expected = _NORMAL(np.zeros(latent_dim)).logpdf(z)
        np.testing.assert_allclose(_numpy(flow.log_prob(z)), expected, rtol=1e-5)
        np.testing.assert_array_equal(_numpy(flow.sample(z)), z)
        hidden: list[Any] = [layer for layer in flow.parts if "hidden" in layer.name]
        assert all(layer.kernel.numpy().any() for layer in hidden), "the flow can learn"

    @pytest.mark.parametrize("latent_dim", [2, 3, 4, 5])
    def test_its_density_is_the_change_of_variables(self, latent_dim):
        """log N(u) + log |det ∂u/∂z|, with the Jacobian from differences of `sample`, the inverse."""
        flow = _random_flow(latent_dim)
        noise = _codes(latent_dim, 20).astype(np.float32)
        step = 1e-2
        z = _numpy(flow.sample(noise))
        # ∂z/∂u, column by column, by central differences.
        columns = [
            (_numpy(flow.sample(noise + unit)) - _numpy(flow.sample(noise - unit))) / (2 * step)
            for unit in np.float32(step) * np.eye(latent_dim, dtype=np.float32)
        ]
        _, log_det = np.linalg.slogdet(np.stack(columns, axis=-1).astype(np.float64))
        expected = _NORMAL(np.zeros(latent_dim)).logpdf(noise) - log_det
        np.testing.assert_allclose(_numpy(flow.log_prob(z)), expected, atol=0.02)
        assert np.abs(log_det).max() > 0.3, "the flow is not the identity"

    @pytest.mark.parametrize("latent_dim", [2, 3, 4, 5])
    def test_every_dimension_is_changed_and_changes_others(self, latent_dim):
        flow, noise = _random_flow(latent_dim), _codes(latent_dim)
        plain = _numpy(flow.sample(noise))
        for dimension in range(latent_dim):
            moved = noise.copy()
            moved[:, dimension] += 1
            changed = (np.abs(_numpy(flow.sample(moved)) - plain) > 1e-4).any(axis=0)
            assert changed.all(), dimension

    @pytest.mark.parametrize("latent_dim", [2, 5])
    def test_it_integrates_to_one(self, latent_dim):
        """In 2 dimensions on a grid, in 5 by draws from a wider normal."""
        flow = _random_flow(latent_dim, seed=3)
        if latent_dim == 2:
            axis = np.linspace(-20, 20, 401, dtype=np.float32)
            grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
            total = np.exp(_numpy(flow.log_prob(grid)).astype(np.float64)).sum() * (axis[1] - axis[0]) ** 2
            assert total == pytest.approx(1, abs=2e-3)
        else:
            wide = _NORMAL(np.zeros(5), 9 * np.eye(5))
            draws = wide.rvs(200_000, random_state=0)
            weights = np.exp(_numpy(flow.log_prob(draws.astype(np.float32))) - wide.logpdf(draws))
            assert abs(weights.mean() - 1) < 5 * weights.std() / np.sqrt(len(draws)) < 0.2

    def test_its_draws_have_its_density(self):
        """In 2 dimensions, the share of draws in each cell of a grid is the probability of the cell."""
        flow = _random_flow(2, seed=3)
        noise = np.random.default_rng(4).standard_normal((100_000, 2)).astype(np.float32)
        draws = _numpy(flow.sample(noise))
        edges = np.quantile(draws[:, 0], [0.1, 0.4, 0.6, 0.9]), np.quantile(draws[:, 1], [0.1, 0.4, 0.6, 0.9])
        counts, _, _ = np.histogram2d(*draws.T, bins=edges)
        for i, j in np.ndindex(3, 3):
            x, y = (np.linspace(edge[k], edge[k + 1], 101) for edge, k in zip(edges, (i, j), strict=True))
            middles = np.stack(np.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2), -1).reshape(-1, 2)
            density = np.exp(_numpy(flow.log_prob(middles.astype(np.float32)))).mean()
            expected = density * (x[-1] - x[0]) * (y[-1] - y[0]) * len(draws)
            assert abs(counts[i, j] - expected) < 5 * np.sqrt(expected), (i, j)

    def test_draws_far_from_0_are_finite(self):
        flow = _random_flow(5, blocks=32)
        assert np.isfinite(_numpy(flow.sample(np.full((3, 5), 30, np.float32)))).all()

    def test_the_seed_determines_its_weights(self):
        first, again, other = (_flow(4, seed=seed).get_weights() for seed in (1, 1, 2))
        for a, b in zip(first, again, strict=True):
            np.testing.assert_array_equal(a, b)
        assert any((a != c).any() for a, c in zip(first, other, strict=True))

    @pytest.mark.full
    def test_a_trained_flow_fits_two_clusters_better_than_a_normal(self):
        rng = np.random.default_rng(6)

        def clusters(count):
            centres = np.array([[-2, 0], [2, 1]], np.float32)[rng.integers(0, 2, count)]
            return (centres + rng.normal(0, 0.4, (count, 2))).astype(np.float32)

        flow = _flow(2, blocks=6, units=32)
        optimizer = keras.optimizers.Adam(5e-3)
        optimizer.build(flow.trainable_variables)
        step = compile_train_step(
            lambda z: (-ops.mean(flow.log_prob(z)),), flow.trainable_variables, flow.variables, optimizer, [], 0.0
        )
        for _ in range(300):
            step(clusters(256))
        unseen = clusters(4000)
        fitted = _numpy(flow.log_prob(unseen)).mean()
        normal = _NORMAL(unseen.mean(axis=0), np.cov(unseen.T)).logpdf(unseen).mean()
        exact = -np.log(2) - 2 * (0.5 + np.log(0.4) + 0.5 * np.log(2 * np.pi))  # the clusters hardly overlap
        assert fitted > exact - 0.15
        assert fitted > normal + 0.5, "better than the best normal"

        draws = _numpy(flow.sample(rng.standard_normal((4000, 2)).astype(np.float32)))
        distance = np.minimum(*(np.linalg.norm(draws - centre, axis=1) for centre in ([-2, 0], [2, 1])))
        assert (distance < 1.4).mean() > 0.9, "draws lie in the clusters"
        assert 0.4 < (draws[:, 0] > 0).mean() < 0.6, "in both"
