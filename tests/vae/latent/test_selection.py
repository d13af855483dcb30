"""The summary of a selection, for codes with known properties."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.selection import summarise_selection


@pytest.fixture(scope="module")
def codes():
    """Codes around 0. Rows 0…199 are shifted by 3 in dimension 2, except row 7, which is an outlier."""
    codes = np.random.default_rng(0).normal(size=(2000, 4))
    codes[:200, 2] += 3
    codes[7] = [9, -9, 9, -9]
    return codes.astype(np.float32)


LABELS = np.where(np.arange(2000) % 3, 5, 8)


def test_counts_classes_and_mean(codes):
    found = summarise_selection(codes, np.arange(200), LABELS)
    assert found.count == 200
    assert found.classes.tolist() == [5, 8]
    assert found.class_counts.tolist() == [133, 67]
    np.testing.assert_allclose(found.mean, codes[:200].mean(axis=0), atol=1e-6)
    assert summarise_selection(codes, np.arange(200)).classes.tolist() == []


def test_equally_frequent_classes_are_ordered_by_label():
    assert summarise_selection(np.eye(4), np.arange(4), np.array([3, 1, 2, 1])).classes.tolist() == [1, 2, 3]


def test_an_outlier_is_the_most_unusual(codes):
    found = summarise_selection(codes, np.arange(200), show=5)
    assert found.unusual[0] == 7
    assert len(found.typical) == len(found.unusual) == 5
    assert not set(found.typical) & set(found.unusual)
    order = found.distances[found.typical]
    assert (np.diff(order) >= 0).all()
    assert order[0] == found.distances.min()
    assert found.distances[7] == found.distances.max()


def test_it_is_the_distance_to_the_tenth_nearest_other_member(codes):
    members = codes[300:380].astype(np.float64)
    distances = np.linalg.norm(members[:, None] - members[None], axis=2)
    expected = np.sort(distances, axis=1)[:, 10]
    np.testing.assert_allclose(summarise_selection(codes, np.arange(300, 380)).distances, expected, rtol=1e-3)


def test_typical_members_of_two_clusters_are_inside_them():
    rng = np.random.default_rng(0)
    codes = np.concatenate([rng.normal(-10, 1, (100, 2)), rng.normal(10, 1, (100, 2)), [[0, 0]]])
    found = summarise_selection(codes, np.arange(201))
    assert found.unusual[0] == 200
    assert np.abs(found.mean).max() < 1, "the mean is between the clusters"
    assert (np.abs(np.abs(codes[found.typical]) - 10) < 2).all()


def test_large_selections_are_compared_with_a_seeded_sample(codes):
    every = np.arange(2000)
    found = summarise_selection(codes, every)
    assert found.unusual[0] == 7
    distances = np.linalg.norm(codes[:, None] - codes[None], axis=2)
    exact = np.sort(distances, axis=1)[:, 10]
    assert np.corrcoef(found.distances, exact)[0, 1] > 0.9
    # Members of the sample are not neighbours of themselves, so they are not more typical than others.
    assert found.distances.min() > 0
    np.testing.assert_array_equal(found.distances, summarise_selection(codes, every).distances)
    assert not np.array_equal(found.distances, summarise_selection(codes, every, seed=1).distances)


def test_the_profile_shows_the_difference_from_the_rest(codes):
    found = summarise_selection(codes, np.setdiff1d(np.arange(200), 7))
    assert found.profile[2] == pytest.approx(3, abs=0.25)
    np.testing.assert_allclose(np.delete(found.profile, 2), 0, atol=0.25)
    opposite = summarise_selection(codes, np.r_[7, 200:2000])
    np.testing.assert_allclose(opposite.profile, -found.profile, atol=1e-5)


def test_a_constant_dimension_has_profile_0():
    codes = np.random.default_rng(0).normal(size=(50, 2))
    codes[:, 1] = 4
    assert summarise_selection(codes, np.arange(20)).profile[1] == 0


def test_without_a_rest_there_is_no_profile(codes):
    assert summarise_selection(codes, np.arange(2000)).profile is None


def test_order_repetitions_and_masks_give_the_same_selection(codes):
    mask = np.zeros(2000, bool)
    mask[[9, 4, 30]] = True
    one, other = summarise_selection(codes, [30, 9, 4, 9]), summarise_selection(codes, mask)
    assert one.count == other.count == 3
    np.testing.assert_array_equal(one.typical, other.typical)
    assert sorted(one.typical) == [4, 9, 30]


def test_a_single_member_is_typical_and_unusual(codes):
    found = summarise_selection(codes, [12], LABELS)
    assert (found.count, found.typical.tolist(), found.unusual.tolist()) == (1, [12], [12])
    np.testing.assert_array_equal(found.mean, codes[12])
    assert np.isfinite(found.profile).all()
    two = summarise_selection(np.eye(2), [0])
    np.testing.assert_array_equal(two.profile, [0, 0])


def test_equal_codes(codes):
    found = summarise_selection(np.ones((30, 3)), np.arange(10))
    np.testing.assert_array_equal(found.distances, np.zeros(10))
    np.testing.assert_array_equal(found.profile, np.zeros(3))


def test_invalid_selections_are_refused(codes):
    with pytest.raises(BadRequestError, match="empty"):
        summarise_selection(codes, [])
    with pytest.raises(BadRequestError, match="has row 2000"):
        summarise_selection(codes, [2000])
    with pytest.raises(BadRequestError, match=r"labels of shape \(3,\)"):
        summarise_selection(codes, [1], np.zeros(3))
    with pytest.raises(BadRequestError, match="NaN"):
        summarise_selection(np.full((5, 2), np.nan), [1])
