"""Changes of neighbourhoods: none under a rotation, those of chance for independent codes."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.evaluation.comparison import NEIGHBOURS, neighbourhood_change
from vae.evaluation.comparison.neighbourhoods import neighbours_of
from zscope.library.open_models import wide_neighbours
from zscope.library.registry import open_model

ROWS = 1500


@pytest.fixture(scope="module")
def z():
    return np.random.default_rng(0).normal(size=(ROWS, 5)).astype(np.float32)


def test_rotated_flipped_and_scaled_codes_have_the_same_neighbours(z):
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))
    found = neighbourhood_change(neighbours_of(z), neighbours_of(3 * (z @ turn).astype(np.float32)))
    assert found.mean < 0.001 and found.standard_error < 0.001  # rounding may swap two that are as far
    assert found.neighbours == NEIGHBOURS and found.change.shape == (ROWS,)


def test_independent_codes_have_the_change_of_chance(z):
    other = np.random.default_rng(2).normal(size=(ROWS, 8))
    found = neighbourhood_change(neighbours_of(z), neighbours_of(other))
    assert found.chance == pytest.approx(1 - NEIGHBOURS / (ROWS - 1))
    assert abs(found.mean - found.chance) < 4 * found.standard_error
    assert found.standard_error == pytest.approx(found.change.std() / np.sqrt(ROWS))


def test_the_image_with_the_largest_change_is_first(z):
    near = z.copy()
    near[7] = near[42] + 0.01  # among other images now, everything else as it was
    found = neighbourhood_change(neighbours_of(z), neighbours_of(near))
    assert found.order[0] == 7 and found.change[7] > 0.9
    assert np.median(found.change) == 0
    assert sorted(found.order) == list(range(ROWS)) and (np.diff(found.change[found.order]) <= 0).all()


def test_equal_changes_are_ordered_by_the_wider_neighbourhood():
    a = np.array([[1, 2, 3], [0, 2, 3], [3, 0, 1], [2, 0, 1]])
    b = np.array([[3, 2, 1], [2, 0, 3], [0, 3, 1], [1, 2, 0]])
    found = neighbourhood_change(a, b, k=1)
    assert found.change.tolist() == [1, 1, 1, 1]
    assert found.order.tolist() == [0, 1, 2, 3]  # the same three: by number
    wider = np.array([[3, 2, 9], [2, 9, 8], [0, 3, 1], [1, 2, 0]])
    assert neighbourhood_change(a, wider, k=1).order.tolist() == [1, 0, 2, 3]


def test_a_collapsed_dimension_does_not_count(z):
    noisy = np.concatenate([z, 0.05 * np.random.default_rng(3).normal(size=(ROWS, 20))], axis=1)
    assert neighbourhood_change(neighbours_of(z), neighbours_of(noisy)).mean == 0


@pytest.mark.full
def test_bundled_models_of_one_data_set_agree_far_more_than_by_chance():
    models = ["mnist-16", "mnist-binary-32"]
    a, b = map(wide_neighbours, models)
    found = neighbourhood_change(a, b)
    assert 0.15 < found.mean < 0.4 and found.standard_error < 0.002 and found.chance > 0.99
    row = int(found.order[0])
    sets = []
    for id in models:  # direct search for the image with the largest change
        codes = open_model(id).reference.z_mean
        distances = np.linalg.norm(codes - codes[row], axis=1)
        sets.append(set(np.argsort(distances)[1 : NEIGHBOURS + 1].tolist()))
    assert found.change[row] == pytest.approx(1 - len(sets[0] & sets[1]) / NEIGHBOURS)


def test_rejects_invalid_arguments(z):
    with pytest.raises(BadRequestError, match="No dimension of these codes is active"):
        neighbours_of(np.zeros((50, 3)))
    few = neighbours_of(z[:10])
    assert few.shape == (10, 9)
    assert neighbourhood_change(few, few).neighbours == 9, "all there are"
    with pytest.raises(BadRequestError, match="15 neighbours among 9"):
        neighbourhood_change(few, few, k=15)
    with pytest.raises(BadRequestError, match="Neighbours of 10 images and of 9"):
        neighbourhood_change(few, few[1:], k=3)
