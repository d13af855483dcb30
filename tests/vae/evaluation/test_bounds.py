"""The bounds on a model with known log p(x): its pixels are a linear function of the code, with noise."""

import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from vae.backend import compile_function
from vae.batching import LARGEST_BATCH
from vae.evaluation.bounds import Elbo, ImportanceBound, _LogMeanExp, binarized
from vae.models.elbo import kl_divergence, log_normal
from vae.models.untyped_keras import ops

DIMS, PIXELS, NOISE = 2, 5, 0.3
_NORMAL: Any = stats.multivariate_normal  # SciPy has no types


class Linear:
    """x = W z + shift of the class + noise, z ~ N(0, I): log p(x) and p(z | x) are normal, in closed form.

    Args:
        widened: factor of the posterior's standard deviations; at 1 the encoder is exact.
    """

    def compiled(self, function, *parts):
        return compile_function(function, [])

    def __init__(self, widened: float = 1.0):
        rng = np.random.default_rng(5)
        # Orthogonal columns make the posterior's dimensions independent, as an encoder requires.
        self.weights = np.linalg.qr(rng.normal(size=(PIXELS, DIMS)))[0].astype(np.float32) * 0.4
        self.shifts = rng.normal(0.4, 0.3, (3, PIXELS)).astype(np.float32)
        self.widened = widened
        self.config = SimpleNamespace(latent_dim=DIMS, largest_batch=LARGEST_BATCH)

    def _pixels(self, x):
        return ops.reshape(x, (-1, PIXELS))

    def encode(self, x):
        """Return the exact posterior for class 0; an encoder does not take the class."""
        variance = 1 / (1 + 0.4**2 / NOISE**2)
        z_mean = (self._pixels(x) - self.shifts[0]) @ self.weights * variance / NOISE**2
        return z_mean, ops.full_like(z_mean, math.log(variance * self.widened**2))

    def log_prob_x(self, x, z, labels):
        mean = z @ ops.transpose(self.weights) + ops.take(self.shifts, labels, axis=0)
        return log_normal(self._pixels(x), mean, 2 * math.log(NOISE))

    def log_prior(self, z):
        return log_normal(z)

    def kl(self, z, z_mean, z_log_var):
        return ops.sum(kl_divergence(z_mean, z_log_var), axis=-1)

    def log_evidence(self, images, labels):
        """Return log p(x | y), `(n,)`, computed by SciPy."""
        covariance = self.weights @ self.weights.T + NOISE**2 * np.eye(PIXELS)
        pixels = images.reshape(-1, PIXELS) / 255
        return np.array([_NORMAL.logpdf(x, self.shifts[y], covariance) for x, y in zip(pixels, labels, strict=True)])


def _linear(widened: float = 1.0) -> Any:
    """Return a `Linear`, which has all members of a VAE that the bounds use."""
    return Linear(widened)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(1).integers(0, 256, (301, 1, PIXELS, 1), np.uint8)


@pytest.fixture(scope="module")
def zeros(images):
    return np.zeros(len(images), np.int64)


def _nothing(rows):
    pass


@pytest.mark.parametrize("samples", [1, 3, 100, 256, 257, 600])
def test_with_the_exact_posterior_every_draw_gives_log_p(images, zeros, samples):
    model = _linear()
    bound = ImportanceBound(model, samples)(images[:40], zeros[:40], np.random.default_rng(0), _nothing)
    np.testing.assert_allclose(bound, model.log_evidence(images[:40], zeros[:40]), atol=1e-3)


def test_the_terms_of_an_exact_posterior_add_up_to_log_p(images, zeros):
    model = _linear()
    parts = Elbo(model)(images, zeros, np.random.default_rng(0))
    elbo = parts.reconstruction - parts.kl
    # The remaining difference is the noise of E_q[log p(x|z)] with one draw, not a gap of the bound.
    error = (elbo - model.log_evidence(images, zeros)).std() / math.sqrt(len(images))
    assert elbo.mean() == pytest.approx(model.log_evidence(images, zeros).mean(), abs=4 * error)
    assert error < 0.2


@pytest.mark.full
def test_many_draws_reach_log_p_with_an_inexact_posterior(images, zeros):
    model = _linear(widened=1.7)
    truth = model.log_evidence(images[:100], zeros[:100]).mean()
    bounds = [
        ImportanceBound(model, samples)(images[:100], zeros[:100], np.random.default_rng(0), _nothing).mean()
        for samples in (1, 5, 5000)
    ]
    assert bounds[0] < bounds[1] - 0.1 < bounds[2]
    assert bounds[2] == pytest.approx(truth, abs=0.02)


@pytest.mark.full
def test_each_image_keeps_its_class(images):
    """With 2 draws, 128 images share a step, and their rows must not be mixed."""
    model, labels = _linear(), np.arange(len(images)) % 3
    bound = ImportanceBound(model, 2000)(images, labels, np.random.default_rng(0), _nothing)
    few = ImportanceBound(model, 2)(images, labels, np.random.default_rng(0), _nothing)
    truth = model.log_evidence(images, labels)
    # The encoder is exact only for class 0. For the other classes, 2,000 draws come close.
    np.testing.assert_allclose(few[labels == 0], truth[labels == 0], atol=1e-3)
    np.testing.assert_allclose(bound, truth, atol=0.6)
    assert abs((bound - truth).mean()) < 0.05


def test_exactly_k_draws_count(images, zeros):
    """257 draws take two steps of 129, of which the last draw does not count."""
    model = _linear(widened=2)
    bound = ImportanceBound(model, 257)(images[:1], zeros[:1], np.random.default_rng(3), _nothing)
    rng = np.random.default_rng(3)
    noise = np.concatenate([rng.standard_normal((1, 129, DIMS), np.float32)[0] for _ in range(2)])[:257]
    x = np.repeat(images[:1], 257, axis=0).astype(np.float32) / 255
    z_mean, z_log_var = (ops.convert_to_numpy(part) for part in model.encode(x))
    std = np.exp(0.5 * z_log_var)
    z = z_mean + std * noise
    log_w = (
        ops.convert_to_numpy(model.log_prob_x(x, z, np.zeros(257, np.int32)))
        + stats.norm.logpdf(z).sum(axis=1)
        - stats.norm.logpdf(z, z_mean, std).sum(axis=1)
    )
    assert bound[0] == pytest.approx(logsumexp(log_w) - math.log(257), abs=1e-4)


def test_every_image_is_counted_once(images, zeros):
    for samples in (1, 100, 600):
        counted = []
        ImportanceBound(_linear(), samples)(images, zeros, np.random.default_rng(0), counted.append)
        assert sum(counted) == 301


class TestLogMeanExp:
    @pytest.mark.parametrize("offset", [0.0, -1e5, 700.0])
    def test_pieces_give_the_mean_of_the_whole(self, offset):
        values = np.random.default_rng(0).normal(0, 30, (4, 1000)) + offset
        mean = _LogMeanExp(4)
        for piece in np.split(values, [1, 300, 301], axis=1):
            mean.add(piece)
        np.testing.assert_allclose(mean.value(), logsumexp(values, axis=1) - math.log(1000), rtol=1e-12)

    def test_small_terms_are_not_lost_beside_large_ones(self):
        """In float32, the sum would stop growing after 2^24 terms."""
        mean = _LogMeanExp(1)
        mean.add(np.zeros((1, 1), np.float32))
        for _ in range(100):
            mean.add(np.full((1, 1000), math.log(1e-9), np.float32))
        assert math.expm1(mean.value()[0] + math.log(100_001)) == pytest.approx(1e-4, rel=1e-3)


class TestBinarized:
    def test_black_and_white_stay_and_grey_gives_the_share_of_white(self):
        grey = np.repeat(np.array([0, 51, 128, 255], np.uint8), 20_000).reshape(400, 10, 20, 1)
        drawn = binarized(grey, np.random.default_rng(0))
        assert (drawn.shape, drawn.dtype) == (grey.shape, np.uint8)
        assert set(np.unique(drawn)) == {0, 255}
        shares = (drawn == 255).reshape(4, -1).mean(axis=1)
        assert (shares[0], shares[3]) == (0, 1)
        np.testing.assert_allclose(shares[1:3], [51 / 255, 128 / 255], atol=0.015)

    def test_pixels_are_sampled_independently(self):
        drawn = binarized(np.full((600, 8, 8, 1), 128, np.uint8), np.random.default_rng(0)) == 255
        assert len({image.tobytes() for image in drawn}) == 600
        assert 0.3 < drawn.mean(axis=0).min() < drawn.mean(axis=0).max() < 0.7

    def test_the_seed_determines_the_sample(self):
        grey = np.full((3, 4, 4, 1), 100, np.uint8)
        one, same, other = (binarized(grey, np.random.default_rng(seed)) for seed in (0, 0, 1))
        np.testing.assert_array_equal(one, same)
        assert (one != other).any()
