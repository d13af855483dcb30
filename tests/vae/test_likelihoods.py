"""p(x | z): densities against SciPy, pictures in range, and a σ that learns what it should."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from vae.errors import BadRequestError
from vae.likelihoods import make_likelihood

SHAPE = (3, 4, 5, 2)
BOTH = pytest.mark.parametrize("name", ["bernoulli", "gaussian"])


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def _logits(seed=0):
    return np.random.default_rng(seed).normal(0, 2, SHAPE).astype(np.float32)


def _sigmoid(logits):
    return 1 / (1 + np.exp(-logits.astype(np.float64)))


@BOTH
def test_the_picture_is_within_range_and_rises_with_the_logit(name):
    layer = make_likelihood(name)
    logits = np.float32([-1e4, -80, -2, 0, 2, 80, 1e4]).reshape(1, 7, 1, 1)
    mean = _numpy(layer.mean(logits)).ravel()
    assert mean.min() == 0.0
    assert mean.max() == 1.0
    assert mean[3] == 0.5
    assert (np.diff(mean) >= 0).all()
    np.testing.assert_allclose(_numpy(layer.mean(_logits())), _sigmoid(_logits()), rtol=1e-5)


@BOTH
def test_densities_are_summed_per_image_and_always_finite(name):
    layer = make_likelihood(name)
    x = np.random.default_rng(1).uniform(size=SHAPE).astype(np.float32)
    values = _numpy(layer.log_prob(x, _logits() * 1000))
    assert values.shape == (3,)
    assert np.isfinite(values).all()
    alone = [_numpy(layer.log_prob(x[i : i + 1], _logits()[i : i + 1]))[0] for i in range(3)]
    np.testing.assert_allclose(_numpy(layer.log_prob(x, _logits())), alone, rtol=1e-5)


@BOTH
@pytest.mark.parametrize("pixel", [0.0, 0.13, 0.5, 1.0])
def test_the_starting_bias_shows_the_mean_pixel(name, pixel):
    layer = make_likelihood(name)
    shown = _numpy(layer.mean(np.full((1, 1, 1, 1), layer.bias_for(pixel), np.float32)))
    np.testing.assert_allclose(shown.ravel(), pixel, atol=2e-4)


class TestBernoulli:
    def test_on_binary_images_it_is_scipy_s(self):
        x = np.random.default_rng(2).integers(0, 2, SHAPE)
        expected = stats.bernoulli.logpmf(x, _sigmoid(_logits())).sum(axis=(1, 2, 3))
        found = make_likelihood("bernoulli").log_prob(x.astype(np.float32), _logits())
        np.testing.assert_allclose(_numpy(found), expected, rtol=1e-5)

    def test_on_grey_images_it_is_the_cross_entropy(self):
        x = np.random.default_rng(3).uniform(size=SHAPE).astype(np.float32)
        p = _sigmoid(_logits())
        expected = (x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3))
        found = make_likelihood("bernoulli").log_prob(x, _logits())
        np.testing.assert_allclose(_numpy(found), expected, rtol=1e-5)

    @pytest.mark.parametrize("grey", [0.1, 0.5, 0.8])
    def test_it_is_largest_where_the_picture_is_the_image(self, grey):
        layer = make_likelihood("bernoulli")
        logits = np.linspace(-6, 6, 2401, dtype=np.float32).reshape(-1, 1, 1, 1)
        values = _numpy(layer.log_prob(np.full_like(logits, grey), logits))
        best = logits[values.argmax()]
        np.testing.assert_allclose(_numpy(layer.mean(best[None])).ravel(), grey, atol=0.002)
        # Its slope in the logit is x − mean: zero there and nowhere else.
        slope = np.gradient(values.astype(np.float64), 0.005)[100:-100]
        np.testing.assert_allclose(slope, grey - _sigmoid(logits.ravel())[100:-100], atol=0.01)


class TestGaussian:
    def _at(self, log_sigma: float):
        layer = make_likelihood("gaussian")
        layer.log_sigma.assign(log_sigma)
        return layer

    @pytest.mark.parametrize("log_sigma", [-2.0, -1.0, 0.5])
    def test_it_is_scipy_s(self, log_sigma):
        x = np.random.default_rng(4).uniform(size=SHAPE).astype(np.float32)
        sigma = np.exp(-6 + np.log1p(np.exp(log_sigma + 6)))
        expected = stats.norm.logpdf(x, _sigmoid(_logits()), sigma).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(_numpy(self._at(log_sigma).log_prob(x, _logits())), expected, rtol=1e-4)
        # Far above the floor the weight is log σ itself, to a hundredth.
        assert abs(np.log(sigma) - log_sigma) < 0.02

    def test_sigma_has_a_floor(self):
        x = np.full((1, 1, 1, 1), 0.5, np.float32)
        at_floor = stats.norm.logpdf(0, 0, np.exp(-6))
        found = _numpy(self._at(-40.0).log_prob(x, np.zeros_like(x)))
        np.testing.assert_allclose(found, [at_floor], rtol=1e-4)

    @pytest.mark.parametrize("spread", [0.05, 0.2])
    def test_sigma_learns_the_residuals_spread(self, spread):
        class Residuals(keras.Model):
            def __init__(self):
                super().__init__()
                self.likelihood = make_likelihood("gaussian")

            def call(self, x):
                return ops.zeros_like(x)

            def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
                return -ops.mean(self.likelihood.log_prob(x, y_pred)) / 64

        x = np.random.default_rng(5).normal(0.5, spread, (64, 8, 8, 1)).astype(np.float32)
        model = Residuals()
        model.compile(optimizer=keras.optimizers.Adam(0.05))
        model.fit(np.tile(x, (150, 1, 1, 1)), batch_size=64, shuffle=False, verbose=0)
        log_sigma = float(model.likelihood.log_sigma.numpy())
        sigma = np.exp(-6 + np.log1p(np.exp(log_sigma + 6)))
        np.testing.assert_allclose(sigma, np.sqrt(np.mean((x - 0.5) ** 2)), rtol=0.02)


def test_an_unknown_likelihood_is_refused_with_those_there_are():
    with pytest.raises(BadRequestError, match=r"'poisson'.*bernoulli, gaussian"):
        make_likelihood("poisson")
