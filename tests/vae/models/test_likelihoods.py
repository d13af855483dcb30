"""The likelihoods: densities against SciPy or their integral, pictures within range, and learned widths."""

from typing import Any

import keras
import numpy as np
import pytest
from scipy import integrate, stats
from scipy.optimize import minimize_scalar

from vae.backend import compile_train_step
from vae.errors import BadRequestError
from vae.kinds import LIKELIHOODS
from vae.models.untyped_keras import ops

SHAPE = (3, 4, 5, 2)
NAMES = tuple(LIKELIHOODS)
SIGMOID = tuple(name for name, kind in LIKELIHOODS.items() if kind.mean_form == "sigmoid")
WIDE = tuple(name for name, kind in LIKELIHOODS.items() if kind.width)
ALL = pytest.mark.parametrize("name", NAMES)
LEVELS = (np.arange(256) / 255).astype(np.float32).reshape(-1, 1, 1, 1)


def _numpy(tensor) -> np.ndarray:
    return ops.convert_to_numpy(tensor)


def _logits(seed=0):
    return np.random.default_rng(seed).normal(0, 2, SHAPE).astype(np.float32)


def _grey(seed=1):
    """Images of 8-bit grey levels."""
    return (np.random.default_rng(seed).integers(0, 256, SHAPE) / 255).astype(np.float32)


def _sigmoid(logits):
    return 1 / (1 + np.exp(-np.asarray(logits, np.float64)))


def _at(name: str, log_width: float):
    layer = LIKELIHOODS[name].make()
    layer.log_width.assign(log_width)
    return layer


def _width(log_width: float) -> float:
    """Return the width of a weight: softplus with a lower bound of e^-6."""
    return float(np.exp(-6 + np.log1p(np.exp(log_width + 6))))


class TestAll:
    @ALL
    def test_the_picture_is_within_range_and_rises_with_the_logit(self, name):
        layer = LIKELIHOODS[name].make()
        logits = np.array([-1e5, -80, -2, 0, 2, 80, 1e5], np.float32).reshape(1, 7, 1, 1)
        mean = _numpy(layer.mean(logits)).ravel()
        np.testing.assert_allclose(mean[[0, 3, -1]], [0, 0.5, 1], atol=2e-5)
        assert (np.diff(mean) >= 0).all()
        assert 0 <= mean.min() < mean.max() <= 1

    @pytest.mark.parametrize("name", SIGMOID)
    def test_the_picture_is_the_sigmoid(self, name):
        np.testing.assert_allclose(_numpy(LIKELIHOODS[name].make().mean(_logits())), _sigmoid(_logits()), rtol=1e-5)

    @ALL
    def test_values_are_summed_per_image_and_always_finite(self, name):
        layer = LIKELIHOODS[name].make()
        values = _numpy(layer.log_prob(_grey(), _logits() * 1000))
        assert values.shape == (3,)
        assert np.isfinite(values).all()
        alone = [_numpy(layer.log_prob(_grey()[i : i + 1], _logits()[i : i + 1]))[0] for i in range(3)]
        np.testing.assert_allclose(_numpy(layer.log_prob(_grey(), _logits())), alone, rtol=1e-5)

    @ALL
    @pytest.mark.parametrize("pixel", [0.0, 0.004, 0.13, 0.49, 0.5, 0.87, 1.0])
    def test_the_initial_bias_gives_the_mean_pixel(self, name, pixel):
        layer = LIKELIHOODS[name].make()
        bias = layer.bias_for(pixel)
        assert np.isfinite(bias)
        shown = _numpy(layer.mean(np.full((1, 1, 1, 1), bias, np.float32)))
        # A continuous Bernoulli with mean 0 or 1 has no finite logit, so a mean of 1/300 is enough.
        np.testing.assert_allclose(shown.ravel(), pixel, atol=4e-3 if "continuous" in name else 2e-4)
        if 0.1 < pixel < 0.9:
            np.testing.assert_allclose(shown.ravel(), pixel, atol=1e-5)

    @ALL
    @pytest.mark.parametrize("training", [False, True])
    def test_gradients_are_finite_at_the_extremes(self, name, training):
        """A decoder with extreme logits, wrong or right, can still learn."""
        logits = keras.Variable(np.array([-50, -50, 50, 50, 0, 0, 1e-4, -0.1, 0.1], np.float32).reshape(-1, 1, 1, 1))
        x = np.array([0, 1, 0, 1, 0, 1, 0.5, 0, 1], np.float32).reshape(-1, 1, 1, 1)
        layer = LIKELIHOODS[name].make()
        before = logits.numpy()

        def objective(x):
            return (-ops.sum(layer.log_prob(x, logits, training=training)),)

        optimizer = keras.optimizers.SGD(1.0)
        trainable = [logits, *layer.trainable_variables]
        optimizer.build(trainable)
        state = [logits, *layer.variables]
        (loss,) = compile_train_step(objective, trainable, state, optimizer, [], 0.0)(x)
        assert np.isfinite(float(loss))
        assert all(np.isfinite(variable.numpy()).all() for variable in trainable)
        steps = (logits.numpy() - before).ravel()
        assert (steps[4:6] * [-1, 1] > 0).all(), "the steps go towards the pixel"

    @ALL
    def test_values_are_the_same_in_training(self, name):
        if name == "gaussian-optimal":
            return  # see TestOptimalGaussian
        layer = LIKELIHOODS[name].make()
        evaluation, training = (_numpy(layer.log_prob(_grey(), _logits(), training=flag)) for flag in (False, True))
        np.testing.assert_array_equal(evaluation, training)

    @pytest.mark.parametrize("name", WIDE)
    def test_its_only_weight_is_the_width(self, name):
        layer = LIKELIHOODS[name].make()
        assert [(weight.name, tuple(weight.shape)) for weight in layer.weights] == [(LIKELIHOODS[name].width, ())]
        assert len(layer.trainable_variables) == (name != "gaussian-optimal")

    def test_an_unknown_likelihood_is_refused_with_the_known_ones(self):
        with pytest.raises(BadRequestError, match=f"'poisson'.*{', '.join(NAMES)}"):
            LIKELIHOODS["poisson"].make()


class TestBernoulli:
    def test_on_binary_images_it_matches_scipy(self):
        x = np.random.default_rng(2).integers(0, 2, SHAPE)
        expected = stats.bernoulli.logpmf(x, _sigmoid(_logits())).sum(axis=(1, 2, 3))
        found = LIKELIHOODS["bernoulli"].make().log_prob(x.astype(np.float32), _logits())
        np.testing.assert_allclose(_numpy(found), expected, rtol=1e-5)

    def test_on_grey_images_it_is_the_cross_entropy(self):
        x = np.random.default_rng(3).uniform(size=SHAPE).astype(np.float32)
        p = _sigmoid(_logits())
        expected = (x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=(1, 2, 3))
        found = LIKELIHOODS["bernoulli"].make().log_prob(x, _logits())
        np.testing.assert_allclose(_numpy(found), expected, rtol=1e-5)

    @pytest.mark.parametrize("grey", [0.1, 0.5, 0.8])
    def test_it_is_largest_if_the_picture_is_the_image(self, grey):
        layer = LIKELIHOODS["bernoulli"].make()
        logits = np.linspace(-6, 6, 2401, dtype=np.float32).reshape(-1, 1, 1, 1)
        values = _numpy(layer.log_prob(np.full_like(logits, grey), logits))
        best = logits[values.argmax()]
        np.testing.assert_allclose(_numpy(layer.mean(best[None])).ravel(), grey, atol=0.002)
        # Its derivative by the logit is x − mean, which is zero only there.
        slope = np.gradient(values.astype(np.float64), 0.005)[100:-100]
        np.testing.assert_allclose(slope, grey - _sigmoid(logits.ravel())[100:-100], atol=0.01)


class TestContinuousBernoulli:
    LOGITS = (-30.0, -4.0, -0.11, -0.09, -1e-3, 0.0, 1e-5, 0.05, 0.0999, 0.1001, 1.0, 7.0, 30.0)

    def _density(self, logit: float):
        """Return the exact density in double precision, from its definition: C λ^x (1 − λ)^(1 − x)."""
        unnormalized = lambda x: np.exp(x * logit - np.logaddexp(0, logit))  # noqa: E731
        total, _ = integrate.quad(unnormalized, 0, 1, epsabs=1e-12)
        return lambda x: unnormalized(x) / total

    @pytest.mark.parametrize("logit", LOGITS)
    def test_it_is_a_density_on_the_unit_interval(self, logit):
        layer = LIKELIHOODS["continuous-bernoulli"].make()
        x = np.linspace(0, 1, 20_001, dtype=np.float32).reshape(-1, 1, 1, 1)
        values = np.exp(_numpy(layer.log_prob(x, np.full_like(x, logit))).astype(np.float64))
        assert integrate.simpson(values, dx=1 / 20_000) == pytest.approx(1.0, abs=2e-5)
        density = self._density(logit)
        np.testing.assert_allclose(values[::4000], [density(x) for x in np.linspace(0, 1, 6)], rtol=2e-5, atol=1e-9)

    @pytest.mark.parametrize("logit", LOGITS)
    def test_its_picture_is_the_mean_of_the_density(self, logit):
        density = self._density(logit)
        expected, _ = integrate.quad(lambda x: x * density(x), 0, 1, epsabs=1e-12)
        found = _numpy(LIKELIHOODS["continuous-bernoulli"].make().mean(np.full((1, 1, 1, 1), logit, np.float32)))
        np.testing.assert_allclose(found.ravel(), expected, atol=3e-6)

    def test_it_exceeds_the_cross_entropy_by_at_least_its_constant(self):
        """C ≥ 2, with equality at logit 0. Without C, a Bernoulli on grey levels is no density."""
        gap = _numpy(LIKELIHOODS["continuous-bernoulli"].make().log_prob(_grey(), _logits()))
        gap = gap - _numpy(LIKELIHOODS["bernoulli"].make().log_prob(_grey(), _logits()))
        assert (gap > np.log(2) * np.prod(SHAPE[1:])).all()


class TestGaussian:
    @pytest.mark.parametrize("log_sigma", [-2.0, -1.0, 0.5])
    def test_it_matches_scipy(self, log_sigma):
        sigma = _width(log_sigma)
        expected = stats.norm.logpdf(_grey(), _sigmoid(_logits()), sigma).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(_numpy(_at("gaussian", log_sigma).log_prob(_grey(), _logits())), expected, rtol=1e-4)
        # Far above the lower bound, the weight is log σ within 0.02.
        assert abs(np.log(sigma) - log_sigma) < 0.02

    def test_sigma_has_a_lower_bound(self):
        x = np.full((1, 1, 1, 1), 0.5, np.float32)
        at_bound = stats.norm.logpdf(0, 0, np.exp(-6))
        found = _numpy(_at("gaussian", -40.0).log_prob(x, np.zeros_like(x)))
        np.testing.assert_allclose(found, [at_bound], rtol=1e-4)


class TestOptimalGaussian:
    def _sigma(self, x, logits) -> float:
        return float(np.sqrt(np.mean((x - _sigmoid(logits)) ** 2)))

    def test_in_training_the_sigma_of_the_batch_is_used_and_stored(self):
        layer = _at("gaussian-optimal", 3.0)
        sigma = self._sigma(_grey(), _logits())
        found = _numpy(layer.log_prob(_grey(), _logits(), training=True))
        expected = stats.norm.logpdf(_grey(), _sigmoid(_logits()), sigma).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(found, expected, rtol=1e-4)
        np.testing.assert_allclose(layer.log_width.numpy(), np.log(sigma), rtol=1e-4)

    def test_its_sigma_is_optimal(self):
        def cost(log_sigma):
            return -stats.norm.logpdf(_grey(), _sigmoid(_logits()), np.exp(log_sigma)).sum()

        best: Any = minimize_scalar(cost, bounds=(-5, 2), method="bounded")
        found = -_numpy(LIKELIHOODS["gaussian-optimal"].make().log_prob(_grey(), _logits(), training=True)).sum()
        assert found == pytest.approx(best.fun, rel=1e-5)

    def test_outside_training_the_stored_sigma_is_used_and_stays(self):
        layer = _at("gaussian-optimal", -1.2)
        expected = stats.norm.logpdf(_grey(), _sigmoid(_logits()), np.exp(-1.2)).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(_numpy(layer.log_prob(_grey(), _logits())), expected, rtol=1e-4)
        np.testing.assert_allclose(layer.log_width.numpy(), -1.2, rtol=1e-6)

    def test_sigma_has_a_lower_bound(self):
        layer = LIKELIHOODS["gaussian-optimal"].make()
        x = np.full((1, 1, 1, 1), 0.5, np.float32)
        found = _numpy(layer.log_prob(x, np.zeros_like(x), training=True))
        np.testing.assert_allclose(found, [stats.norm.logpdf(0, 0, np.exp(-6))], rtol=1e-4)
        assert layer.log_width.numpy() == -6


class TestLaplace:
    @pytest.mark.parametrize("log_scale", [-2.0, -1.0, 0.5])
    def test_it_matches_scipy(self, log_scale):
        expected = stats.laplace.logpdf(_grey(), _sigmoid(_logits()), _width(log_scale)).sum(axis=(1, 2, 3))
        np.testing.assert_allclose(_numpy(_at("laplace", log_scale).log_prob(_grey(), _logits())), expected, rtol=1e-4)

    def test_its_scale_has_a_lower_bound(self):
        x = np.full((1, 1, 1, 1), 0.5, np.float32)
        found = _numpy(_at("laplace", -40.0).log_prob(x, np.zeros_like(x)))
        np.testing.assert_allclose(found, [stats.laplace.logpdf(0, 0, np.exp(-6))], rtol=1e-4)


class TestDiscretizedLogistic:
    @pytest.mark.parametrize("log_scale", [-5.5, -4.0, -3.0, -1.5, 0.0, 3.0])
    @pytest.mark.parametrize("logit", [-60.0, -5.0, -0.7, 0.0, 2.0, 60.0])
    def test_the_probabilities_of_the_256_levels_add_up_to_1(self, log_scale, logit):
        layer = _at("discretized-logistic", log_scale)
        found = _numpy(layer.log_prob(LEVELS, np.full_like(LEVELS, logit))).astype(np.float64)
        assert np.exp(found).sum() == pytest.approx(1.0, abs=1e-5)
        assert (found <= 0).all()

        # The probability of a level is that of half a level around it; the end levels include the tails.
        edges = np.concatenate([[-np.inf], (np.arange(255) + 0.5) / 255, [np.inf]])
        shares = np.diff(stats.logistic.cdf(edges, _sigmoid(logit), _width(log_scale)))
        trusted = shares > 1e-6  # below, the differences above cancel
        np.testing.assert_allclose(found[trusted], np.log(shares[trusted]), atol=1e-5)

    def test_in_the_tails_it_falls_like_the_logistic_and_stays_finite(self):
        layer = _at("discretized-logistic", -5.5)
        logits = np.full((1, 1, 1, 1), -60, np.float32)  # black with high confidence
        found = [_numpy(layer.log_prob(np.full_like(logits, level / 255), logits))[0] for level in (100, 101, 200, 255)]
        scale = _width(-5.5)
        np.testing.assert_allclose(found[0] - found[1], 1 / 255 / scale, rtol=1e-3)
        np.testing.assert_allclose(found[0] - found[2], 100 / 255 / scale, rtol=1e-3)
        np.testing.assert_allclose(found[3], -254.5 / 255 / scale, rtol=1e-3)


@pytest.mark.parametrize(
    ("name", "draw", "fitted"),
    [
        ("gaussian", lambda rng, shape: rng.normal(0, 0.1, shape), lambda e: np.sqrt(np.mean(e**2))),
        ("laplace", lambda rng, shape: rng.laplace(0, 0.1, shape), lambda e: np.mean(np.abs(e))),
        ("discretized-logistic", lambda rng, shape: rng.logistic(0, 0.05, shape), lambda e: 0.05),
    ],
)
def test_a_width_learns_the_spread_of_the_residuals(name, draw, fitted):
    layer = LIKELIHOODS[name].make()
    x = 0.5 + draw(np.random.default_rng(5), (16, 16, 16, 1))
    x = (np.round(x * 255) / 255).clip(0, 1).astype(np.float32)
    optimizer = keras.optimizers.Adam(0.05)
    optimizer.build(layer.trainable_variables)
    step = compile_train_step(
        lambda x: (-ops.mean(layer.log_prob(x, ops.zeros_like(x))) / 256,),
        layer.trainable_variables,
        layer.variables,
        optimizer,
        [],
        0.0,
    )
    for _ in range(150):
        step(x)
    np.testing.assert_allclose(_width(float(layer.log_width.numpy())), fitted(x - 0.5), rtol=0.03)
