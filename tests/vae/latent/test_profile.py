"""The profile of dimensions: order, range, histogram and active dimensions."""

import math

import numpy as np
import pytest

from vae.latent.profile import active_units, kl_per_dimension, profile
from vae.models.config import ModelConfig

N = 20_000
NORMAL, FLOW = ModelConfig(latent_dim=2), ModelConfig(latent_dim=2, prior="realnvp")


@pytest.fixture(scope="module")
def codes():
    """A wide, a collapsed, a skewed and a narrow dimension."""
    rng = np.random.default_rng(0)
    return np.stack(
        [rng.normal(1, 2, N), rng.normal(0.3, 0.005, N), rng.exponential(1, N), rng.normal(-1, 0.2, N)], axis=1
    )


KL = np.array([2.0, 0.001, 3.0, 0.5])


def test_dimensions_are_ordered_by_information(codes):
    found = profile(codes, KL)
    assert found.order.tolist() == [2, 0, 3, 1]
    np.testing.assert_array_equal(found.kl, KL)


def test_ties_keep_their_order(codes):
    assert profile(codes, np.array([1.0, 2.0, 2.0, 1.0])).order.tolist() == [1, 2, 0, 3]


def test_active_is_a_variance_of_the_means_above_a_hundredth(codes):
    assert active_units(codes).tolist() == [True, False, True, True]
    assert profile(codes, KL).active.tolist() == [True, False, True, True]
    square = np.tile([[-1.0], [1.0]], (50, 1))  # variance 1
    edge = np.concatenate([square * 0.0999, square * 0.1001], axis=1)
    assert active_units(edge).tolist() == [False, True]


def test_a_slider_has_the_range_of_998_in_a_thousand_codes(codes):
    found = profile(codes, KL)
    for d in (0, 2, 3):
        outside_low, outside_high = (codes[:, d] < found.low[d]).mean(), (codes[:, d] > found.high[d]).mean()
        assert outside_low == pytest.approx(0.001, abs=1e-4)
        assert outside_high == pytest.approx(0.001, abs=1e-4)
    assert found.median.tolist() == pytest.approx(np.median(codes, axis=0))
    # Quantiles, not a symmetric range: a skewed dimension has an asymmetric slider.
    assert found.high[2] - found.median[2] > 5 * (found.median[2] - found.low[2])


def test_a_collapsed_dimension_has_the_range_of_the_prior(codes):
    found = profile(codes, KL)
    assert (found.low[1], found.high[1]) == (-3.0, 3.0)


def test_the_histogram_is_that_of_the_data(codes):
    found = profile(codes, KL)
    assert found.histogram.shape[0] == 4
    assert found.histogram.max(axis=1).tolist() == [1.0] * 4
    assert found.histogram.min() >= 0
    for d in range(4):
        bins = found.histogram.shape[1]
        counts, _ = np.histogram(codes[:, d], bins=np.linspace(found.low[d], found.high[d], bins + 1))
        np.testing.assert_allclose(found.histogram[d], counts / counts.max())
    assert found.histogram[2].argmax() == 0, "the mode of an exponential distribution is at its low end"
    assert abs(found.histogram[0].argmax() - bins / 2) < bins / 6, "the mode of a normal distribution is in the middle"


def test_a_constant_dimension_causes_no_division_by_zero():
    with np.errstate(all="raise"):
        found = profile(np.full((50, 1), 7.0), np.zeros(1))
    # All codes are outside the prior's range, so the histogram is empty.
    assert not found.histogram.any()
    assert not found.active.any()


class TestKlPerDimension:
    def test_against_the_standard_normal_it_is_the_closed_form(self):
        z_mean, z_log_var = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([[0.0, 0.0], [0.0, 0.0]])
        np.testing.assert_allclose(kl_per_dimension(z_mean, z_log_var, NORMAL), [0.5, 0.0])

    def test_under_a_flow_a_dimension_without_information_has_kl_0(self):
        """For any mean; the closed form of the KL to N(0, 1) would depend on the mean."""
        rng = np.random.default_rng(0)
        z_mean = np.stack([rng.normal(0, 1, 5000), np.full(5000, 3.0)], axis=1).astype(np.float32)
        z_log_var = np.log(np.stack([np.full(5000, 0.01), np.full(5000, 0.2)], axis=1)).astype(np.float32)
        speaking, silent = kl_per_dimension(z_mean, z_log_var, FLOW)
        # A normal code with normal noise: the information is that of the channel, ½ log(1 + S/N).
        assert speaking == pytest.approx(0.5 * math.log(1 + 1 / 0.01), abs=0.03)
        assert silent == pytest.approx(0, abs=1e-6)
        assert kl_per_dimension(z_mean, z_log_var, NORMAL)[1] > 4

    def test_under_a_flow_the_scale_does_not_matter(self):
        rng = np.random.default_rng(0)
        z_mean, z_log_var = rng.normal(0, 1, (200, 3)), rng.normal(-3, 0.2, (200, 3))
        moved = kl_per_dimension(7 * z_mean - 2, z_log_var + 2 * math.log(7), FLOW)
        np.testing.assert_allclose(moved, kl_per_dimension(z_mean, z_log_var, FLOW), atol=1e-9)

    def test_a_plain_autoencoder_has_kl_0(self):
        points = ModelConfig(latent_dim=2, variational=False)
        np.testing.assert_array_equal(kl_per_dimension(np.ones((5, 2)), np.zeros((5, 2)), points), [0, 0])
