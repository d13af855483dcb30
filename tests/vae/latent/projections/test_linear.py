"""Linear maps: placing, inverting and shares of variance."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from vae.errors import BadRequestError
from vae.latent.projections import dimension_map, direction_map, pca_map


@pytest.fixture(scope="module")
def codes():
    """Codes with σ 3, 2, 1 and 0.5 along four rotated directions, around a mean other than 0."""
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    return (rng.normal(size=(500, 4)) * [3, 2, 1, 0.5] @ turn + [10, -5, 0, 2]).astype(np.float32)


class TestPca:
    def test_equals_scikit_learn_up_to_signs(self, codes):
        found, theirs = pca_map(codes), PCA().fit(codes)
        signs = np.sign((found.axes * theirs.components_[:2]).sum(axis=1))
        np.testing.assert_allclose(found.axes, theirs.components_[:2] * signs[:, None], atol=1e-5)
        np.testing.assert_allclose(found.place(codes), theirs.transform(codes)[:, :2] * signs, atol=1e-4)
        np.testing.assert_allclose(found.all_shares, theirs.explained_variance_ratio_, atol=1e-5)

    def test_three_components_extend_the_plane(self, codes):
        plane, space = pca_map(codes), pca_map(codes, 0, 1, 2)
        np.testing.assert_array_equal(space.place(codes)[:, :2], plane.place(codes))
        third = np.abs(PCA().fit_transform(codes)[:, 2])
        np.testing.assert_allclose(np.abs(space.place(codes)[:, 2]), third, atol=1e-4)
        np.testing.assert_array_equal(space.shares, plane.all_shares[:3])
        with pytest.raises(BadRequestError, match="components 0 and 1 and 4"):
            pca_map(codes, 0, 1, 4)

    def test_shares_are_those_of_the_total_variance(self, codes):
        found = pca_map(codes)
        assert found.all_shares.sum() == pytest.approx(1, abs=1e-6)
        assert (np.diff(found.all_shares) <= 0).all()
        np.testing.assert_array_equal(found.shares, found.all_shares[:2])
        placed = found.place(codes)
        np.testing.assert_allclose(placed.var(axis=0) / codes.var(axis=0).sum(), found.shares, rtol=1e-4)

    def test_signs_do_not_depend_on_the_order_of_rows(self, codes):
        one, other = pca_map(codes), pca_map(codes[np.random.default_rng(1).permutation(len(codes))])
        np.testing.assert_allclose(one.axes, other.axes, atol=1e-6)
        assert (np.take_along_axis(one.axes, np.abs(one.axes).argmax(axis=1)[:, None], axis=1) > 0).all()

    def test_placing_inverted_codes_returns_the_position(self, codes):
        found = pca_map(codes)
        xy = np.random.default_rng(2).normal(0, 5, (50, 2)).astype(np.float32)
        for anchor in (None, codes[7], np.full(4, 30.0)):
            back, error = found.invert(xy, anchor)
            np.testing.assert_allclose(found.place(back), xy, atol=2e-5)
            np.testing.assert_array_equal(error, np.zeros(50))

    def test_other_components_are_those_of_the_anchor(self, codes):
        found = pca_map(codes)
        back, _ = found.invert([[3.0, -4.0]], codes[7])
        across = np.linalg.svd(found.axes)[2][2:]  # the two directions perpendicular to the plane
        np.testing.assert_allclose(across @ back[0], across @ codes[7], atol=1e-5)
        mean, _ = found.invert([[0.0, 0.0]])
        np.testing.assert_allclose(mean[0], codes.mean(axis=0), atol=1e-5)
        same, _ = found.invert(found.place(codes[7:8]), codes[7])
        np.testing.assert_allclose(same[0], codes[7], atol=1e-5)


class TestDimensions:
    def test_positions_are_the_two_components(self, codes):
        np.testing.assert_array_equal(dimension_map(codes, 3, 1).place(codes), codes[:, [3, 1]])

    def test_inverting_changes_only_the_two_components(self, codes):
        found = dimension_map(codes, 3, 1)
        back, error = found.invert([[8.25, -7.5]], codes[0])
        np.testing.assert_array_equal(back[0, [3, 1]], [8.25, -7.5])
        np.testing.assert_array_equal(back[0, [0, 2]], codes[0, [0, 2]])
        assert error.tolist() == [0]

    def test_shares_are_those_of_the_dimensions(self, codes):
        found, variance = dimension_map(codes, 3, 1), codes.var(axis=0)
        np.testing.assert_allclose(found.shares, variance[[3, 1]] / variance.sum(), rtol=1e-5)
        np.testing.assert_allclose(found.all_shares, variance / variance.sum(), rtol=1e-5)

    @pytest.mark.parametrize(("first", "second"), [(0, 0), (-1, 2), (0, 4)])
    def test_invalid_dimensions_are_refused(self, codes, first, second):
        with pytest.raises(BadRequestError, match="from 0 to 3"):
            dimension_map(codes, first, second)


class TestFewDimensions:
    def test_one_dimension_is_a_line(self):
        codes = np.array([[1.0], [2.0], [6.0]], np.float32)
        found = pca_map(codes)
        np.testing.assert_allclose(found.place(codes), [[-2, 0], [-1, 0], [3, 0]], atol=1e-6)
        assert found.shares.tolist() == [1, 0]
        back, error = found.invert([[3.0, 0.5], [-2.0, 0.0]])
        np.testing.assert_allclose(back, [[6], [1]], atol=1e-6)
        np.testing.assert_allclose(error, [0.5, 0], err_msg="the distance from the line")
        with pytest.raises(BadRequestError, match="PCA"):
            dimension_map(codes, 0, 1)

    def test_two_dimensions_are_mapped_completely(self):
        codes = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
        found = pca_map(codes)
        np.testing.assert_allclose(found.invert(found.place(codes))[0], codes, atol=1e-6)
        assert found.shares.sum() == pytest.approx(1)

    def test_codes_on_a_line_in_space_have_a_second_axis(self):
        codes = np.outer(np.arange(5.0), [1, 2, 3]).astype(np.float32)
        found = pca_map(codes)
        np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-9)
        np.testing.assert_allclose(found.shares, [1, 0], atol=1e-6)


@pytest.mark.parametrize("make", [pca_map, lambda codes: dimension_map(codes, 0, 1)])
@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.full((20, 3), 1e6), "All 20 codes are the same"),
        (np.array([[0, 1, np.nan], [1, 0, 0]]), "NaN or infinity in 1 of 2"),
        (np.array([[0, 1, np.inf], [1, 0, 0]]), "NaN or infinity"),
        (np.ones((1, 3)), "at least 2"),
        (np.ones(3), "shape"),
    ],
)
def test_invalid_codes_are_refused(make, codes, message):
    with pytest.raises(BadRequestError, match=message):
        make(codes)


def test_codes_of_another_dimension_are_refused(codes):
    found = pca_map(codes)
    for call in (found.place, lambda z: found.invert([[0, 0]], z[0])):
        with pytest.raises(BadRequestError, match="5 dimensions, expected 4"):
            call(np.zeros((2, 5)))
    with pytest.raises(BadRequestError, match="NaN"):
        found.place(np.full((1, 4), np.nan))


def test_no_codes_give_no_positions(codes):
    found = pca_map(codes)
    assert found.place(np.zeros((0, 4))).shape == (0, 2)
    assert found.invert(np.zeros((0, 2)))[0].shape == (0, 4)


class TestDirection:
    VECTOR = np.array([1.0, 2.0, 0.0, -2.0])  # of length 3

    def test_x_is_the_direction_from_its_start(self, codes):
        found = direction_map(codes, self.VECTOR, codes[5])
        ends = np.stack([codes[5], codes[5] + self.VECTOR, codes[5] - 0.5 * self.VECTOR])
        np.testing.assert_allclose(found.place(ends), [[0, 0], [3, 0], [-1.5, 0]], atol=1e-5)

    def test_y_is_the_perpendicular_direction_of_largest_variance(self, codes):
        found = direction_map(codes, self.VECTOR, codes[5])
        np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-9)
        across = self.VECTOR / 3
        rest = codes - codes.mean(axis=0)
        rest = rest - np.outer(rest @ across, across)
        widest = np.linalg.svd(rest, full_matrices=False)[1][0] ** 2 / np.square(codes - codes.mean(axis=0)).sum()
        assert found.shares[1] == pytest.approx(widest, rel=1e-4)
        assert found.place(codes).var(axis=0) / codes.var(axis=0).sum() == pytest.approx(found.shares, rel=1e-3)

    def test_inverting_keeps_components_outside_the_plane(self, codes):
        found = direction_map(codes, self.VECTOR, codes[5])
        xy = np.array([[2.0, -1.0]])
        back, error = found.invert(xy, codes[9])
        np.testing.assert_allclose(found.place(back), xy, atol=1e-5)
        across = np.linalg.svd(found.axes)[2][2:]
        np.testing.assert_allclose(across @ back[0], across @ codes[9], atol=1e-4)
        assert error.tolist() == [0]

    def test_codes_on_the_direction_still_give_a_plane(self):
        line = np.outer(np.arange(5.0), [3.0, 0.0, 4.0])
        found = direction_map(line, np.array([3.0, 0.0, 4.0]), line[0])
        np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-9)
        np.testing.assert_allclose(found.shares, [1, 0], atol=1e-6)

    @pytest.mark.parametrize("vector", [np.zeros(4), np.ones(3), np.array([1, np.nan, 0, 0])])
    def test_invalid_directions_are_refused(self, codes, vector):
        with pytest.raises(BadRequestError):
            direction_map(codes, vector, codes[0])

    def test_one_dimension_is_refused(self):
        with pytest.raises(BadRequestError, match="no map along"):
            direction_map(np.arange(5.0)[:, None], np.ones(1), np.zeros(1))
