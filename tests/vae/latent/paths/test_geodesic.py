"""Geodesics, compared with known curves and on a bundled model."""

import numpy as np
import pytest

from vae.inference.pullback import PullBack, Uncertainty
from vae.latent.distance import DataDistance
from vae.latent.paths import LinearPath, fit_geodesic, pixel_length
from zscope.library.registry import open_model


class Sphere:
    """A "decoder" from longitude and latitude to the unit sphere; its geodesics are great circles."""

    @staticmethod
    def pictures(z):
        z = z.astype(np.float64)
        longitude, latitude = z[:, 0], z[:, 1]
        x = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)
        return np.stack(x, axis=1)

    def energy(self, z):
        z = z.astype(np.float64)
        points = self.pictures(z)
        steps = np.diff(points, axis=0)
        n = len(z) - 1
        pull = np.zeros_like(points)
        pull[1:] += n * steps
        pull[:-1] -= n * steps
        longitude, latitude = z[:, 0], z[:, 1]
        by_longitude = np.stack([-points[:, 1], points[:, 0], np.zeros(len(z))], axis=1)
        by_latitude = np.stack(
            [-np.sin(latitude) * np.cos(longitude), -np.sin(latitude) * np.sin(longitude), np.cos(latitude)], axis=1
        )
        gradient = np.stack([(pull * by_longitude).sum(axis=1), (pull * by_latitude).sum(axis=1)], axis=1)
        return 0.5 * n * np.square(steps).sum(), gradient

    def length(self, z):
        return pixel_length(self.pictures(z)[:, None, :, None])


ENDS = np.array([[-1.2, 0.9], [1.2, 0.9]])  # on one parallel; the great circle bends towards the pole


def test_on_a_sphere_it_is_the_great_circle():
    sphere = Sphere()
    found = fit_geodesic(sphere.energy, sphere.length, *ENDS)
    points = sphere.pictures(found.at(np.linspace(0, 1, 200)))
    whole = np.arccos(points[0] @ points[-1])
    assert sphere.length(found.at(np.linspace(0, 1, 200))) == pytest.approx(whole, rel=2e-3)
    normal = np.cross(points[0], points[-1])
    assert np.abs(points @ normal).max() < 0.01, "in one plane with the centre"
    straight = sphere.length(LinearPath(*ENDS).at(np.linspace(0, 1, 200)))
    assert straight > 1.1 * whole


def test_ends_are_exact_and_steps_are_reported():
    sphere, seen = Sphere(), []
    found = fit_geodesic(sphere.energy, sphere.length, *ENDS, on_step=seen.append)
    np.testing.assert_array_equal(found.at(np.array([0.0, 1.0])), ENDS.astype(np.float32))
    lengths = [sphere.length(curve.at(np.linspace(0, 1, 100))) for curve in seen]
    assert len(lengths) > 3 and lengths[-1] < lengths[0]


def test_a_stop_returns_the_current_path():
    sphere, seen = Sphere(), []
    found = fit_geodesic(sphere.energy, sphere.length, *ENDS, on_step=seen.append, should_stop=lambda: len(seen) == 2)
    assert len(seen) == 2
    straight = sphere.length(LinearPath(*ENDS).at(np.linspace(0, 1, 97)))
    assert sphere.length(found.at(np.linspace(0, 1, 97))) <= straight


def test_no_path_is_longer_than_the_straight_one():
    sphere = Sphere()
    found = fit_geodesic(lambda z: (0.0, np.ones_like(z)), sphere.length, *ENDS)
    assert sphere.length(found.at(np.linspace(0, 1, 97))) <= sphere.length(LinearPath(*ENDS).at(np.linspace(0, 1, 97)))


def test_equal_ends():
    sphere = Sphere()
    found = fit_geodesic(sphere.energy, sphere.length, ENDS[0], ENDS[0])
    np.testing.assert_allclose(found.at(np.linspace(0, 1, 5)), np.repeat(ENDS[:1], 5, axis=0), atol=1e-6)


@pytest.fixture(scope="module")
def model():
    bundle = open_model("mnist-2d")
    codes = bundle.reference.z_mean
    return PullBack(bundle.vae, Uncertainty(codes, np.ones(2, bool))), bundle.reference


class TestUncertainty:
    def test_it_is_low_among_the_data_and_high_elsewhere(self, model):
        codes = model[1].z_mean
        uncertain = Uncertainty(codes, np.ones(2, bool))
        among = np.asarray(uncertain(codes))
        assert np.median(among) < 0.02 and (among > 0.5).mean() == pytest.approx(0.05, abs=0.02)
        far = np.asarray(uncertain(np.array([[30, 30], [-9, 2]], np.float32)))
        np.testing.assert_allclose(far, 1)

    def test_a_collapsed_dimension_is_ignored(self, model):
        codes = np.concatenate([model[1].z_mean, np.zeros((10_000, 1), np.float32)], axis=1)
        uncertain = Uncertainty(codes, np.array([True, True, False]))
        at = np.array([[0.5, 0.5, 0], [0.5, 0.5, 100]], np.float32)
        found = np.asarray(uncertain(at))
        assert found[0] == pytest.approx(found[1])

    def test_few_and_equal_codes_are_allowed(self):
        for codes in (np.zeros((40, 3)), np.ones((2, 3))):
            uncertain = np.asarray(
                Uncertainty(codes, np.ones(3, bool))(np.stack([codes[0], codes[0] + 50]).astype("f4"))
            )
            assert uncertain[0] <= 0.5 and uncertain[1] > 0.99

    def test_without_any_active_dimension_nothing_is_uncertain(self):
        uncertain = np.asarray(Uncertainty(np.zeros((40, 3)), np.zeros(3, bool))(np.ones((2, 3), np.float32)))
        assert (uncertain <= 0.5).all()


def test_the_gradient_is_that_of_the_energy(model):
    pull_back, reference = model
    z = LinearPath(*reference.z_mean[[3, 8]]).at(np.linspace(0, 1, 7))
    z[3] += 3.0  # far from the data
    value, gradient = pull_back.energy(z)
    steps = np.diff(pull_back.pictures(z).reshape(7, -1), axis=0)
    by_pictures = 3 * np.square(steps).sum()
    assert by_pictures < value < 25 * by_pictures
    for row, column in ((1, 0), (2, 0), (3, 1), (5, 0)):
        moved = [z.copy(), z.copy()]
        moved[0][row, column] -= 0.003
        moved[1][row, column] += 0.003
        slope = (pull_back.energy(moved[1])[0] - pull_back.energy(moved[0])[0]) / 0.006
        assert gradient[row, column] == pytest.approx(slope, rel=0.05, abs=0.05)


def test_among_the_data_lengths_are_those_of_the_pictures(model):
    pull_back = model[0]
    z = LinearPath([0.05, 0.0], [0.1, -0.05]).at(np.linspace(0, 1, 30))
    assert pull_back.length(z) == pytest.approx(pixel_length(pull_back.pictures(z)), rel=0.01)
    far = z + 20
    assert pull_back.length(far) == pytest.approx(5 * pixel_length(pull_back.pictures(far)), rel=0.01)
    assert pull_back.length(z[:1]) == 0


@pytest.mark.full
def test_on_a_model_it_is_shorter_than_the_straight_line(model):
    pull_back, reference = model
    rng = np.random.default_rng(0)
    fine = np.linspace(0, 1, 97)
    ratios = []
    for _ in range(6):
        a, b = reference.z_mean[rng.choice(len(reference.z_mean), 2, replace=False)]
        straight = pull_back.length(LinearPath(a, b).at(fine))
        found = fit_geodesic(pull_back.energy, pull_back.length, a, b)
        ratios.append(pull_back.length(found.at(fine)) / straight)
    assert max(ratios) <= 1 + 1e-6 and np.mean(ratios) < 0.97, ratios


@pytest.mark.full
def test_it_avoids_a_hole_that_the_straight_line_crosses(model):
    """From the 0s to the 6s of `mnist-2d`; there are no images between them."""
    pull_back, reference = model
    codes = reference.z_mean
    meter = DataDistance(codes, np.ones(2, bool), reference.data_distance)
    places = np.linspace(0, 1, 60)
    rng = np.random.default_rng(3)
    crossing, avoiding = [], []
    while len(crossing) < 6:
        a, b = (
            codes[rng.choice(np.flatnonzero(reference.labels == 0))],
            codes[rng.choice(np.flatnonzero(reference.labels == 6))],
        )
        line = LinearPath(a, b)
        if meter.measure(line.at(np.array([0.0, 1.0])))[:, 0].max() > 94:
            continue
        if (share := (meter.measure(line.at(places))[:, 0] > 95).mean()) < 0.1:
            continue
        found = fit_geodesic(pull_back.energy, pull_back.length, a, b)
        crossing.append(share)
        avoiding.append((meter.measure(found.at(places))[:, 0] > 95).mean())
    assert np.mean(avoiding) < 0.5 * np.mean(crossing), (crossing, avoiding)
