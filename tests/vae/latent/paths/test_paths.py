"""Paths: common properties of all kinds, and properties of each kind."""

from itertools import pairwise

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.paths import (
    Curve,
    DataGraph,
    JoinedPath,
    LinearPath,
    SlerpPath,
    constant_speed,
    four_corner_grid,
    pixel_length,
    pixel_speed,
)

T = np.linspace(0, 1, 21)
BEYOND = np.linspace(-0.5, 1.5, 41)


@pytest.fixture
def ends():
    rng = np.random.default_rng(0)
    return rng.normal(size=(2, 16)).astype(np.float32) * 3.7


@pytest.fixture(scope="module")
def ring():
    """Many codes on a ring in the plane; the straight line between two of them crosses the hole."""
    rng = np.random.default_rng(1)
    turn = rng.uniform(0, 2 * np.pi, 800)
    return (np.stack([np.cos(turn), np.sin(turn)], axis=1) * rng.uniform(0.95, 1.05, (800, 1))).astype(np.float32)


def paths(a, b):
    codes = np.concatenate([np.random.default_rng(2).normal(size=(60, len(a))) * 3, [a, b]]).astype(np.float32)
    return {
        "linear": LinearPath(a, b),
        "slerp": SlerpPath(a, b),
        "curve": Curve(np.stack([a, (a + b) / 2 + 1, b])),
        "graph": DataGraph(codes).path(a, b),
    }


@pytest.mark.parametrize("kind", ["linear", "slerp", "curve", "graph"])
class TestAll:
    def test_ends_are_exact(self, ends, kind):
        found = paths(*ends)[kind].at(np.array([0.0, 0.3, 1.0, 0.0]))
        assert (found.shape, found.dtype) == ((4, 16), np.float32)
        np.testing.assert_array_equal(found[[0, 2, 3]], ends[[0, 1, 0]])

    def test_it_is_continuous_and_continues_beyond_its_ends(self, ends, kind):
        path = paths(*ends)[kind]
        steps = np.linalg.norm(np.diff(path.at(np.linspace(-0.5, 1.5, 4001)), axis=0), axis=1)
        assert np.isfinite(steps).all() and steps.max() < 0.02 * np.linalg.norm(ends[1] - ends[0])
        assert np.linalg.norm(path.at(np.array([1.5]))[0] - ends[1]) > 0.1

    def test_a_path_between_equal_codes_is_constant(self, ends, kind):
        if kind == "curve":
            ends = np.stack([ends[0]] * 2)
        path = Curve(ends) if kind == "curve" else paths(ends[0], ends[0])[kind]
        found = path.at(T)
        np.testing.assert_allclose(found, np.repeat(ends[:1], len(T), axis=0), atol=1e-5)

    @pytest.mark.parametrize("t", [[-0.6], [1.6], [np.nan], [[0.5]]])
    def test_invalid_times_are_refused(self, ends, kind, t):
        with pytest.raises(BadRequestError, match="times of a path"):
            paths(*ends)[kind].at(np.array(t))

    def test_invalid_ends_are_refused(self, ends, kind):
        make = {
            "linear": LinearPath,
            "slerp": SlerpPath,
            "graph": DataGraph(np.eye(16)).path,
            "curve": lambda a, b: Curve(np.concatenate([a[None], b[None]], axis=1 if len(a) != len(b) else 0)),
        }[kind]
        with pytest.raises(BadRequestError):
            make(ends[0], ends[1][:5])
        with pytest.raises(BadRequestError, match="NaN"):
            make(ends[0], np.full(16, np.nan))


class TestSlerp:
    def test_direction_and_radius_change_at_constant_speed(self, ends):
        found = SlerpPath(*ends).at(T).astype(float)
        radii = np.linalg.norm(found, axis=1)
        np.testing.assert_allclose(np.diff(radii), (radii[-1] - radii[0]) / 20, atol=1e-4)
        directions = found / radii[:, None]
        angles = np.arccos((directions[:-1] * directions[1:]).sum(axis=1))
        np.testing.assert_allclose(angles, angles.mean(), atol=1e-5)
        whole = np.arccos(directions[0] @ directions[-1])
        assert angles.sum() == pytest.approx(whole, abs=1e-4), "the shorter arc"

    def test_the_path_between_opposite_codes_is_defined(self):
        a = np.array([3.0, 0, 0, 4.0])
        found = SlerpPath(a, -2 * a).at(T)
        assert np.linalg.norm(found, axis=1).min() > 4.9, "not through the centre"
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.linspace(5, 10, 21), rtol=1e-5)
        np.testing.assert_array_equal(found, SlerpPath(a, -2 * a).at(T))

    @pytest.mark.parametrize("a", [np.zeros(4), np.array([1.0, 2, 3, 4])])
    def test_with_an_end_at_zero_it_is_the_straight_line(self, a):
        b = np.zeros(4) if a.any() else np.array([1.0, 2, 3, 4])
        np.testing.assert_allclose(SlerpPath(a, b).at(BEYOND), LinearPath(a, b).at(BEYOND), atol=1e-6)

    def test_with_equal_directions_it_is_the_straight_line(self):
        a = np.array([1.0, 2, 3])
        np.testing.assert_allclose(SlerpPath(a, 2.5 * a).at(BEYOND), LinearPath(a, 2.5 * a).at(BEYOND), atol=1e-5)

    def test_in_one_dimension_it_is_the_straight_line(self):
        np.testing.assert_allclose(SlerpPath([2.0], [-4.0]).at(T)[:, 0], np.linspace(2, -4, 21), atol=1e-6)


class TestGraph:
    def test_it_stays_near_the_data(self, ring):
        found = DataGraph(ring).path([1.0, 0.0], [-1.0, 0.05])
        radii = np.linalg.norm(found.at(T), axis=1)
        assert radii.min() > 0.9 and found.jumps == 0
        assert np.linalg.norm(LinearPath([1.0, 0.0], [-1.0, 0.05]).at(T), axis=1).min() < 0.1

    def test_components_are_joined_at_their_nearest_codes_and_jumps_are_counted(self, ring):
        far = np.concatenate([ring, ring + np.array([10, 0])])
        found = DataGraph(far).path([-1.0, 0.0], [11.0, 0.0])
        assert found.jumps == 1
        hop = np.linalg.norm(np.diff(far[found.rows], axis=0), axis=1).max()
        assert hop == pytest.approx(8, abs=0.2)

    def test_components_are_joined_through_others(self):
        codes = np.array([[0, 0], [0, 0.1], [5, 0], [5, 0.1], [100, 0], [100, 0.1]], np.float32)
        found = DataGraph(codes, neighbours=1).path([0, 0], [100, 0])
        assert found.jumps == 2 and found.rows[-1] == 4

    def test_two_equal_codes_are_enough(self):
        found = DataGraph(np.ones((2, 3))).path([0, 0, 0], [2, 2, 2])
        np.testing.assert_allclose(found.at(np.array([0.5]))[0], [1, 1, 1], atol=0.05)

    def test_a_single_code_is_refused(self):
        with pytest.raises(BadRequestError, match="at least 2"):
            DataGraph(np.ones((1, 3)))


class TestMeasure:
    @staticmethod
    def decode(codes):
        """Pictures of two pixels; the first is the square of the code."""
        return np.stack([codes[:, 0] ** 2, codes[:, 1]], axis=1).reshape(len(codes), 1, 2, 1)

    def test_length_is_that_of_the_curve_of_pictures(self):
        pictures = self.decode(LinearPath([0.0, 0.0], [1.0, 0.0]).at(np.linspace(0, 1, 200)))
        assert pixel_length(pictures) == pytest.approx(1.0, abs=1e-6)
        speed = pixel_speed(pictures)
        assert speed[0] == pytest.approx(0, abs=0.02) and speed[-1] == pytest.approx(2, abs=0.02)

    def test_constant_speed_changes_the_times_and_not_the_codes(self):
        path = LinearPath([0.0, 0.0], [1.0, 0.0])
        paced = constant_speed(path, self.decode)
        speed = pixel_speed(self.decode(paced.at(np.linspace(0, 1, 15))))
        np.testing.assert_allclose(speed, 1.0, rtol=0.02)
        found = paced.at(BEYOND)
        assert (np.diff(found[:, 0]) > 0).all() and not found[:, 1].any()
        np.testing.assert_array_equal(paced.at(np.array([0.0, 1.0])), [[0, 0], [1, 0]])

    def test_a_path_without_changes_is_returned_unchanged(self):
        path = LinearPath([0.0, 0.0], [1.0, 0.0])
        assert constant_speed(path, lambda codes: np.zeros((len(codes), 1, 1, 1))) is path


class TestJoinedPath:
    def test_all_legs_take_equal_times_and_their_ends_are_exact(self):
        codes = np.random.default_rng(4).normal(size=(4, 5)).astype(np.float32)
        joined = JoinedPath([SlerpPath(codes[0], codes[1]), LinearPath(codes[1], codes[2]), SlerpPath(*codes[2:])])
        np.testing.assert_array_equal(joined.at(np.array([0, 1])), codes[[0, 3]])
        np.testing.assert_allclose(joined.at(np.array([1, 2]) / 3), codes[[1, 2]], atol=1e-6)
        np.testing.assert_allclose(joined.at(np.array([0.5]))[0], (codes[1] + codes[2]) / 2, atol=1e-6)

    def test_beyond_the_ends_it_continues_along_the_outer_legs(self):
        codes = np.array([[0, 0], [1, 0], [1, 1]], np.float32)
        joined = JoinedPath([LinearPath(codes[0], codes[1]), LinearPath(codes[1], codes[2])])
        np.testing.assert_allclose(joined.at(np.array([-0.25, 1.25])), [[-0.5, 0], [1, 1.5]], atol=1e-6)
        with pytest.raises(BadRequestError, match="times of a path"):
            joined.at(np.array([-0.3]))

    def test_a_single_leg_gives_that_path(self, ends):
        np.testing.assert_array_equal(JoinedPath([SlerpPath(*ends)]).at(BEYOND), SlerpPath(*ends).at(BEYOND))

    def test_no_legs_are_refused(self):
        with pytest.raises(BadRequestError, match="two codes"):
            JoinedPath([])


class TestFourCornerGrid:
    @pytest.mark.parametrize("spherical", [False, True])
    def test_corners_are_exact_and_edges_are_paths(self, spherical):
        corners = np.random.default_rng(5).normal(size=(4, 6)).astype(np.float32)
        grid = four_corner_grid(corners, 5, 7, spherical)
        assert (grid.shape, grid.dtype) == ((5, 7, 6), np.float32)
        np.testing.assert_array_equal(grid[[0, 0, -1, -1], [0, -1, 0, -1]], corners)
        path = SlerpPath if spherical else LinearPath
        np.testing.assert_allclose(grid[0], path(*corners[:2]).at(np.linspace(0, 1, 7)), atol=1e-6)
        np.testing.assert_allclose(grid[:, -1], path(*corners[[1, 3]]).at(np.linspace(0, 1, 5)), atol=1e-6)

    def test_bilinear_is_the_mean_in_the_middle_and_slerp_keeps_the_radius(self):
        corners = np.array([[3, 0, 0], [0, 3, 0], [0, 0, 3], [2, 2, 1]], np.float32)
        np.testing.assert_allclose(four_corner_grid(corners, 3, 3)[1, 1], corners.mean(axis=0), atol=1e-6)
        radii = np.linalg.norm(four_corner_grid(corners, 9, 9, spherical=True), axis=2)
        np.testing.assert_allclose(radii, 3, atol=1e-5)

    @pytest.mark.parametrize(("count", "rows"), [(3, 4), (5, 4), (4, 1)])
    def test_invalid_grids_are_refused(self, count, rows):
        with pytest.raises(BadRequestError, match="corners"):
            four_corner_grid(np.ones((count, 3)), rows, 4)


@pytest.mark.parametrize("count", [2, 14, 15, 24, 28])
def test_half_a_leg_beyond_the_ends_is_allowed_for_any_number_of_legs(count):
    codes = np.arange(count)[:, None].astype(np.float32)
    joined = JoinedPath([LinearPath(a, b) for a, b in pairwise(codes)])
    legs = count - 1
    np.testing.assert_allclose(joined.at(np.array([-0.5, legs + 0.5]) / legs)[:, 0], [-0.5, legs + 0.5], atol=1e-5)
