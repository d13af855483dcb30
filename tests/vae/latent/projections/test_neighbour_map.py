"""Placing and inverting on fitted maps: unseen codes of a model, and synthetic codes."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.formats.bundle.reference import read_reference
from vae.latent.neighbours import CodeFinder
from vae.latent.projections import NeighbourMap
from vae.latent.projections.neighbour_map import _intrinsic_dimension
from vae.latent.projections.quality import class_agreement
from vae.latent.projections.umap import fit_umap
from zscope.library.registry import find_model


@pytest.fixture(scope="module")
def fitted_map(fitted):
    return NeighbourMap(fitted.codes, fitted.coordinates)


@pytest.fixture(scope="module")
def sheet():
    """Codes on a plane in five dimensions, with the plane's coordinates as the map: each position has one true code."""
    rng = np.random.default_rng(0)
    xy = rng.uniform(-10, 10, (3000, 2)).astype(np.float32)
    frame = np.linalg.qr(rng.normal(size=(5, 5)))[0][:2]
    return xy @ frame.astype(np.float32) + 3, xy, frame


def test_a_map_of_three_components_places_new_codes_where_they_belong():
    rng = np.random.default_rng(0)
    places = rng.uniform(-10, 10, (3000, 3)).astype(np.float32)
    frame = np.linalg.qr(rng.normal(size=(6, 6)))[0][:3].astype(np.float32)
    codes = places @ frame
    space = NeighbourMap(codes[:2900], places[:2900])
    np.testing.assert_array_equal(space.place(codes[:100]), places[:100])
    errors = np.linalg.norm(space.place(codes[2900:]) - places[2900:], axis=1)
    assert np.median(errors) < 1.5, "points are about one apart"


class TestOnRealCodes:
    def test_a_code_of_the_map_is_placed_at_its_point(self, fitted, fitted_map):
        np.testing.assert_array_equal(fitted_map.place(fitted.codes[:300]), fitted.coordinates[:300])

    def test_unseen_codes_are_placed_among_their_class(self, fitted, fitted_map):
        placed = fitted_map.place(fitted.held_codes)
        unseen = class_agreement(fitted.coordinates, fitted.labels, placed, fitted.held_labels)
        assert unseen >= 0.95 * class_agreement(fitted.coordinates, fitted.labels)

    def test_unseen_codes_are_placed_where_points_are(self, fitted, fitted_map):
        trust = fitted_map.trust(fitted_map.place(fitted.held_codes))
        assert (trust == 1).mean() > 0.95
        assert trust.min() > 0.3, "no code is placed far from the points"

    def test_nine_of_ten_unseen_codes_are_within_the_reported_error(self, fitted, fitted_map):
        found, radius = fitted_map.invert(fitted_map.place(fitted.held_codes))
        held = np.linalg.norm(found - fitted.held_codes, axis=1) <= radius
        assert 0.85 <= held.mean() <= 0.95
        # The coverage is similar for small, medium and large errors.
        low, middle, high = np.array_split(held[np.argsort(radius)], 3)
        assert min(low.mean(), middle.mean(), high.mean()) > 0.8

    def test_calibrated_on_unseen_codes_the_error_is_valid_for_others(self, fitted):
        known, unknown = np.array_split(fitted.held_codes, 2)
        exact = NeighbourMap(fitted.codes, fitted.coordinates, held_out=known)
        found, radius = exact.invert(exact.place(unknown))
        assert 0.87 <= (np.linalg.norm(found - unknown, axis=1) <= radius).mean() <= 0.93

    def test_the_inverse_is_nearer_than_the_code_of_the_nearest_point(self, fitted, fitted_map):
        placed = fitted_map.place(fitted.held_codes)
        found, _ = fitted_map.invert(placed)
        nearest = np.linalg.norm(placed[:, None] - fitted.coordinates[None], axis=2).argmin(axis=1)
        missed = np.linalg.norm(found - fitted.held_codes, axis=1)
        assert np.median(missed) < 0.95 * np.median(np.linalg.norm(fitted.codes[nearest] - fitted.held_codes, axis=1))

    def test_placing_inverted_codes_returns_near_the_position(self, fitted, fitted_map):
        xy = fitted.coordinates[:500] + 0.01
        back = fitted_map.place(fitted_map.invert(xy)[0])
        away = np.linalg.norm(back - xy, axis=1)
        assert np.median(away) < 0.02 * np.ptp(fitted.coordinates, axis=0).max()

    def test_a_given_factor_replaces_the_calibration(self, fitted, fitted_map):
        kept = NeighbourMap(fitted.codes, fitted.coordinates, fitted_map.factor)
        for one, other in zip(kept.invert([[1, 2]]), fitted_map.invert([[1, 2]]), strict=True):
            np.testing.assert_array_equal(one, other)
        twice = NeighbourMap(fitted.codes, fitted.coordinates, 2 * fitted_map.factor)
        np.testing.assert_allclose(twice.invert([[1, 2]])[1], 2 * fitted_map.invert([[1, 2]])[1], rtol=1e-6)

    def test_the_seed_determines_the_points_of_the_calibration(self, fitted, fitted_map):
        assert NeighbourMap(fitted.codes, fitted.coordinates).factor == fitted_map.factor
        assert NeighbourMap(fitted.codes, fitted.coordinates, seed=1).factor != fitted_map.factor

    def test_single_codes_give_the_same_as_a_batch(self, fitted, fitted_map):
        placed = fitted_map.place(fitted.held_codes[:9])
        np.testing.assert_allclose(
            np.concatenate([fitted_map.place(code[None]) for code in fitted.held_codes[:9]]), placed, atol=1e-4
        )
        alone = [fitted_map.invert(xy[None]) for xy in placed]
        for column, together in enumerate(fitted_map.invert(placed)):
            np.testing.assert_allclose(np.concatenate([a[column] for a in alone]), together, atol=1e-4)


@pytest.mark.full
def test_the_reported_error_is_valid_for_a_model_of_few_dimensions():
    """With few dimensions, errors of left-out points are most optimistic: their neighbours surround them."""
    codes = read_reference(find_model("mnist-2d").path / "reference.npz", 2).z_mean
    found = NeighbourMap(codes[:1500], fit_umap(codes[:1500]))
    held = codes[1500:5500]
    back, radius = found.invert(found.place(held))
    assert 0.85 <= (np.linalg.norm(back - held, axis=1) <= radius).mean() <= 0.95


@pytest.mark.parametrize("dimension", [1, 2, 5, 8])
def test_the_intrinsic_dimension_is_that_of_the_data_not_of_the_space(dimension):
    rng = np.random.default_rng(0)
    codes = rng.uniform(size=(4000, dimension)) @ np.linalg.qr(rng.normal(size=(12, 12)))[0][:dimension]
    rows = np.arange(500)
    distances = CodeFinder(codes).nearest(codes[rows], 15, rows)[1]
    assert _intrinsic_dimension(distances) == pytest.approx(dimension, rel=0.2)
    assert _intrinsic_dimension(np.concatenate([distances, np.zeros((9, 15))])) == _intrinsic_dimension(distances)
    assert np.isfinite(_intrinsic_dimension(np.zeros((9, 15))))


class TestOnASheet:
    def test_placing_and_inverting_are_correct(self, sheet):
        codes, xy, frame = sheet
        found = NeighbourMap(codes, xy)
        asked = np.random.default_rng(1).uniform(-8, 8, (200, 2))
        truth = asked @ frame + 3
        spacing = 20 / np.sqrt(len(xy))
        # Placing finds the mode of the neighbours, within one or two spacings; the regression also uses slopes.
        assert np.linalg.norm(found.place(truth) - asked, axis=1).max() < 2 * spacing
        back, radius = found.invert(asked)
        assert np.linalg.norm(back - truth, axis=1).max() < 0.25 * spacing
        assert radius.max() < 3 * spacing

    def test_the_radius_grows_with_the_variance_outside_the_map(self, sheet):
        """Left of the middle, codes have noise perpendicular to the plane."""
        codes, xy, _ = sheet
        scatter = np.random.default_rng(1).normal(0, 1, codes.shape) * (xy[:, :1] < 0)
        radius = NeighbourMap(codes + scatter, xy).invert([[-6, 0], [6, 0]])[1]
        assert radius[0] > 2 * radius[1]

    def test_beyond_the_edge_codes_remain_near_the_data(self, sheet):
        codes, xy, _ = sheet
        far, _ = NeighbourMap(codes, xy).invert([[1e3, 0], [1e7, 1e7]])
        assert np.isfinite(far).all()
        assert np.linalg.norm(far - codes.mean(axis=0), axis=1).max() < 20

    def test_trust_decreases_with_the_distance_from_the_points(self, sheet):
        codes, xy, _ = sheet
        found = NeighbourMap(codes, xy, factor=1)
        assert (found.trust(xy) == 1).mean() > 0.9
        out = found.trust(np.stack([np.linspace(10, 14, 60), np.zeros(60)], axis=1))
        assert (np.diff(out) <= 0).all()
        assert ((out > 0.2) & (out < 0.8)).sum() > 5, "it decreases gradually"
        assert out[0] > 0.5
        assert out[-1] == 0
        assert found.trust([[1e6, 1e6]]).tolist() == [0]


class TestSplitNeighbours:
    @pytest.fixture
    def split(self):
        """One cluster of codes that the map splits in two: the neighbours of a code are in both parts."""
        rng = np.random.default_rng(0)
        codes = rng.normal(size=(400, 4)).astype(np.float32)
        offsets = np.where(np.arange(400)[:, None] % 2, 50.0, -50.0) * [1, 0]
        return codes, (offsets + rng.normal(size=(400, 2))).astype(np.float32)

    def test_no_code_is_placed_between_the_parts(self, split):
        codes, xy = split
        placed = NeighbourMap(codes, xy).place(np.random.default_rng(1).normal(size=(300, 4)))
        assert (np.abs(np.abs(placed[:, 0]) - 50) < 4).all()
        assert 0.3 < (placed[:, 0] > 0).mean() < 0.7, "the mean would be between the parts"

    def test_trust_is_low_between_the_parts(self, split):
        found = NeighbourMap(*split)
        assert found.trust([[0, 0]]).tolist() == [0]
        assert found.trust([[50, 0], [-50, 0]]).tolist() == [1, 1]


class TestOddMaps:
    @pytest.mark.parametrize("count", [3, 4, 12, 41])
    def test_the_smallest_maps_work(self, count):
        rng = np.random.default_rng(count)
        codes, xy = rng.normal(size=(count, 3)).astype(np.float32), rng.normal(size=(count, 2)).astype(np.float32)
        found = NeighbourMap(codes, xy)
        np.testing.assert_allclose(found.place(codes), xy, atol=1e-6)
        back, radius = found.invert(xy)
        assert np.isfinite(back).all()
        assert (radius > 0).all()
        assert np.isfinite(found.trust(xy)).all()

    def test_coinciding_points(self):
        rng = np.random.default_rng(0)
        codes = rng.normal(size=(120, 3)).astype(np.float32)
        for xy in (np.zeros((120, 2)), np.repeat([[0, 0], [5, 5]], 60, axis=0)):
            found = NeighbourMap(codes, xy)
            np.testing.assert_allclose(found.place(codes), xy, atol=1e-9)
            back, radius = found.invert(xy[:1])
            assert np.isfinite(back).all()
            assert np.isfinite(radius).all()
            assert found.trust(xy).min() == 1

    def test_equal_codes_at_several_positions_are_placed_at_one_of_them(self):
        rng = np.random.default_rng(0)
        codes = np.repeat(rng.normal(size=(40, 3)), 3, axis=0).astype(np.float32)
        xy = rng.normal(0, 10, (120, 2))
        placed = NeighbourMap(codes, xy).place(codes[:3])
        assert np.isfinite(placed).all()
        np.testing.assert_array_equal(placed[0], placed[2])
        assert np.linalg.norm(xy[:3] - placed[0], axis=1).min() < 5

    def test_equal_codes_have_error_0(self):
        found = NeighbourMap(np.ones((50, 3)), np.random.default_rng(0).normal(size=(50, 2)))
        back, radius = found.invert([[0, 0]])
        np.testing.assert_allclose(back, [[1, 1, 1]], atol=1e-6)
        np.testing.assert_allclose(radius, [0], atol=1e-5)

    def test_one_latent_dimension(self):
        codes = np.linspace(-1, 1, 300)[:, None]
        xy = np.concatenate([np.sin(3 * codes), np.cos(3 * codes)], axis=1)
        found = NeighbourMap(codes, xy)
        asked = np.linspace(-0.9, 0.9, 50)[:, None]
        back, radius = found.invert(np.concatenate([np.sin(3 * asked), np.cos(3 * asked)], axis=1))
        np.testing.assert_allclose(back, asked, atol=0.01)
        assert radius.max() < 0.1

    def test_empty_input_gives_empty_output(self, sheet):
        found = NeighbourMap(*sheet[:2], factor=1)
        assert found.place(np.zeros((0, 5))).shape == (0, 2)
        back, radius = found.invert(np.zeros((0, 2)))
        assert (back.shape, radius.shape, found.trust(np.zeros((0, 2))).shape) == ((0, 5), (0,), (0,))


@pytest.mark.parametrize(
    ("codes", "xy", "message"),
    [
        (np.zeros((5, 3)), np.zeros((4, 2)), "5 codes, but 4 coordinates"),
        (np.zeros((2, 3)), np.zeros((2, 2)), "at least 3"),
        (np.full((5, 3), np.nan), np.zeros((5, 2)), "The codes hold NaN"),
        (np.zeros((5, 3)), np.full((5, 2), np.inf), "The coordinates hold NaN or infinity"),
        (np.zeros((5, 3)), np.zeros((5, 4)), "4 dimensions, expected 2 or 3"),
    ],
)
def test_invalid_maps_are_refused(codes, xy, message):
    with pytest.raises(BadRequestError, match=message):
        NeighbourMap(codes, xy)


def test_invalid_queries_are_refused(sheet):
    found = NeighbourMap(*sheet[:2], factor=1)
    with pytest.raises(BadRequestError, match="4 dimensions, expected 5"):
        found.place(np.zeros((1, 4)))
    with pytest.raises(BadRequestError, match="NaN"):
        found.place(np.full((1, 5), np.nan))
    with pytest.raises(BadRequestError, match="3 dimensions, expected 2"):
        found.invert(np.zeros((1, 3)))
    with pytest.raises(BadRequestError, match="NaN"):
        found.trust([[np.nan, 0]])
