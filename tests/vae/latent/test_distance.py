"""The off-data meter, compared with brute-force distances."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.distance import NEIGHBOURS, DataDistance, leave_one_out_distances

ALL = np.ones(5, bool)


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).normal(size=(400, 5)).astype(np.float32)


@pytest.fixture(scope="module")
def leave_one_out(codes):
    """The distance of each code to its tenth nearest other code, by brute force."""
    distances = np.linalg.norm(codes[:, None].astype(np.float64) - codes[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.sort(distances, axis=1)[:, NEIGHBOURS - 1]


def test_distances_leave_out_the_code_itself(codes, leave_one_out):
    found = leave_one_out_distances(codes, ALL)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, leave_one_out, rtol=1e-4)


def test_every_column_by_brute_force(codes, leave_one_out):
    points = np.random.default_rng(1).normal(0, 1.5, (50, 5))
    percentile, distance, index = DataDistance(codes, ALL).measure(points).T
    distances = np.linalg.norm(points[:, None] - codes[None], axis=2)  # (m, n)
    tenth = np.sort(distances, axis=1)[:, NEIGHBOURS - 1]
    np.testing.assert_allclose(distance, tenth, rtol=1e-4)
    np.testing.assert_array_equal(index, distances.argmin(axis=1))
    closer = (leave_one_out[None] < tenth[:, None]).mean(axis=1) * 100
    np.testing.assert_allclose(percentile, closer, atol=0.3)


def test_the_percentile_of_a_reference_code_is_about_its_rank(codes, leave_one_out):
    percentile = DataDistance(codes, ALL).measure(codes)[:, 0]
    rank = (leave_one_out[None] < leave_one_out[:, None]).mean(axis=1) * 100
    # Here the code is a neighbour of itself, so it is closer, never farther.
    assert (percentile <= rank + 0.3).all()
    assert np.corrcoef(percentile, rank)[0, 1] > 0.95
    assert np.abs(percentile - rank).mean() < 15


def test_new_codes_of_the_same_distribution_have_all_percentiles(codes):
    fresh = np.random.default_rng(2).normal(size=(1000, 5))
    percentile = DataDistance(codes, ALL).measure(fresh)[:, 0]
    quartiles = np.percentile(percentile, [25, 50, 75])
    np.testing.assert_allclose(quartiles, [25, 50, 75], atol=12)


def test_the_percentile_is_100_far_away_and_low_among_the_data(codes):
    meter = DataDistance(codes, ALL)
    far, farther, among = meter.measure(np.array([[8.0] * 5, [1e6] * 5, [0.0] * 5]))
    assert far[0] == farther[0] == 100
    assert farther[1] > far[1] > 10
    assert among[0] < 20


def test_a_reference_code_is_nearest_to_itself(codes):
    readings = DataDistance(codes, ALL).measure(codes[[3, 0, 399]])
    assert readings[:, 2].tolist() == [3, 0, 399]


def test_small_distances_are_precise():
    """The expanded square loses small distances to rounding; the result must not."""
    rng = np.random.default_rng(3)
    centres = rng.normal(0, 3, (30, 2))
    codes = np.repeat(centres, NEIGHBOURS, axis=0) + rng.normal(0, 1e-4, (300, 2))
    points = centres.astype(np.float32)
    codes = codes.astype(np.float32)
    distances = np.linalg.norm(points[:, None].astype(np.float64) - codes[None], axis=2)
    _, distance, index = DataDistance(codes, np.ones(2, bool)).measure(points).T
    np.testing.assert_allclose(distance, np.sort(distances, axis=1)[:, NEIGHBOURS - 1], rtol=1e-3)
    np.testing.assert_array_equal(index, distances.argmin(axis=1))


def test_collapsed_dimensions_are_ignored(codes):
    active = np.array([True, False, True, True, False])
    meter = DataDistance(codes, active)
    points = np.random.default_rng(4).normal(size=(20, 5))
    moved = points.copy()
    moved[:, ~active] += 100
    np.testing.assert_array_equal(meter.measure(points), meter.measure(moved))
    living = DataDistance(codes[:, active], np.ones(3, bool))
    np.testing.assert_array_equal(meter.measure(points), living.measure(points[:, active]))
    np.testing.assert_array_equal(leave_one_out_distances(codes, active), living.distances)


def test_a_collapsed_model_has_distances_0(codes):
    none = np.zeros(5, bool)
    np.testing.assert_array_equal(leave_one_out_distances(codes, none), np.zeros(400))
    readings = DataDistance(codes, none).measure(codes[:3] + 50)
    np.testing.assert_array_equal(readings[:, :2], np.zeros((3, 2)))


@pytest.mark.parametrize("count", [2, 3, 10, 11])
def test_with_few_codes_all_others_are_neighbours(codes, count):
    few = codes[:count]
    distances = np.linalg.norm(few[:, None].astype(np.float64) - few[None], axis=2)
    np.fill_diagonal(distances, 0)
    np.testing.assert_allclose(leave_one_out_distances(few, ALL), distances.max(axis=1), rtol=1e-4)
    percentile, _, index = DataDistance(few, ALL).measure(np.concatenate([few, few[:1] + 100])).T
    assert index[:count].tolist() == list(range(count))
    assert percentile[-1] == 100 and (percentile[:-1] < 100).all()


def test_with_one_code_the_distance_to_it_is_measured():
    meter = DataDistance(np.float32([[3.0, 4.0]]), np.ones(2, bool))
    assert meter.distances.tolist() == [0]
    np.testing.assert_allclose(meter.measure(np.zeros((1, 2))), [[100, 5, 0]])
    assert meter.measure(np.float32([[3.0, 4.0]]))[0].tolist() == [0, 0, 0]


def test_rejects_an_empty_set_of_codes():
    with pytest.raises(BadRequestError, match="no codes"):
        leave_one_out_distances(np.zeros((0, 5)), ALL)
    with pytest.raises(BadRequestError, match="no codes"):
        DataDistance(np.zeros((0, 5)), ALL)


def test_given_distances_are_used(codes, leave_one_out):
    computed, given = DataDistance(codes, ALL), DataDistance(codes, ALL, leave_one_out)
    np.testing.assert_allclose(computed.measure(codes), given.measure(codes), atol=0.3)
    assert (DataDistance(codes, ALL, np.full(400, 1e9)).measure(codes)[:, 0] == 0).all()


def test_the_result_is_float32_with_three_columns_for_any_number_of_codes(codes):
    meter = DataDistance(codes, ALL)
    for rows in (0, 1, 7):
        reading = meter.measure(np.zeros((rows, 5)))
        assert (reading.shape, reading.dtype) == ((rows, 3), np.float32)
