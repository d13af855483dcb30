"""The density of a map's points, and stratified samples."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.density import density_grid, stratified


@pytest.fixture(scope="module")
def points():
    """Two clusters: 3,000 points around (0, 0) with σ 1, and 1,000 around (20, 5) with σ 0.5."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(0, 1, (3000, 2)), rng.normal([20, 5], 0.5, (1000, 2))])


def _at(grid, x, y):
    return grid.values[np.abs(grid.y - y).argmin(), np.abs(grid.x - x).argmin()]


class TestGrid:
    def test_it_counts_every_point(self, points):
        grid = density_grid(points)
        cell = (grid.x[1] - grid.x[0]) * (grid.y[1] - grid.y[0])
        assert grid.values.sum() * cell == pytest.approx(4000, rel=1e-4)
        left = grid.values[:, grid.x < 10].sum() * cell
        assert left == pytest.approx(3000, rel=1e-3)

    def test_values_are_densities(self, points):
        """The density at the centre of a cluster is n / 2π(σ² + bandwidth²); rows are y, columns are x."""
        grid = density_grid(points, cells=400, bandwidth=0.01)
        blur = 0.01 * np.ptp(points, axis=0).max()
        assert _at(grid, 0, 0) == pytest.approx(3000 / (2 * np.pi * (1 + blur**2)), rel=0.15)
        assert _at(grid, 20, 5) == pytest.approx(1000 / (2 * np.pi * (0.25 + blur**2)), rel=0.15)
        assert _at(grid, 10, 2) == 0
        assert _at(grid, 5, 20) == 0

    def test_it_covers_the_map_in_square_cells(self, points):
        grid = density_grid(points, cells=100)
        left, right, bottom, top = grid.extent
        assert (np.array([left, bottom]) < points.min(axis=0)).all()
        assert (np.array([right, top]) > points.max(axis=0)).all()
        assert grid.values.shape == (len(grid.y), len(grid.x))
        assert max(grid.values.shape) in (100, 101)
        assert grid.x[1] - grid.x[0] == pytest.approx(grid.y[1] - grid.y[0])
        assert grid.x[0] - left == pytest.approx(right - grid.x[-1])

    def test_a_contour_contains_its_share_of_the_points(self, points):
        grid = density_grid(points)
        shares = grid.shares()
        assert shares.shape == grid.values.shape and shares.min() > 0 and shares.max() == pytest.approx(1)
        columns = np.abs(grid.x[None] - points[:, :1]).argmin(axis=1)
        rows = np.abs(grid.y[None] - points[:, 1:]).argmin(axis=1)
        for share in (0.5, 0.75, 0.9):
            assert (shares[rows, columns] <= share).mean() == pytest.approx(share, abs=0.06)

    @pytest.mark.parametrize("points", [np.zeros((1, 2)), np.ones((50, 2)), np.arange(10.0)[:, None] * [1, 0]])
    def test_points_without_extent(self, points):
        grid = density_grid(points)
        assert np.isfinite(grid.values).all()
        cell = (grid.x[1] - grid.x[0]) ** 2
        assert grid.values.sum() * cell == pytest.approx(len(points), rel=1e-3)

    @pytest.mark.parametrize("width", [1e-44, 1e-30, 1e-15, 1e25, 1e38])
    def test_a_tiny_and_a_huge_extent(self, width):
        points = np.random.default_rng(0).uniform(-width, width, (50, 2)).astype(np.float32)
        grid = density_grid(points)
        assert (grid.values.sum() * (grid.x[1] - grid.x[0])) * (grid.y[1] - grid.y[0]) == pytest.approx(50, rel=1e-3)
        shares = grid.shares()
        assert np.isfinite(shares).all() and shares.max() == pytest.approx(1)

    @pytest.mark.parametrize("settings", [{"cells": 7}, {"cells": 2001}, {"bandwidth": 0}, {"bandwidth": 1.1}])
    def test_settings_out_of_range(self, points, settings):
        with pytest.raises(BadRequestError, match="cells"):
            density_grid(points, **settings)

    def test_invalid_coordinates_are_refused(self):
        with pytest.raises(BadRequestError, match="at least 1"):
            density_grid(np.zeros((0, 2)))
        with pytest.raises(BadRequestError, match="3 dimensions, expected 2"):
            density_grid(np.zeros((5, 3)))
        with pytest.raises(BadRequestError, match="NaN"):
            density_grid(np.full((5, 2), np.nan))


class TestStratified:
    LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 7], [5000, 3000, 1990, 10]))

    def test_every_class_keeps_its_share(self):
        rows = stratified(self.LABELS, 1000, 0)
        classes, counts = np.unique(self.LABELS[rows], return_counts=True)
        assert classes.tolist() == [0, 1, 2, 7]
        assert counts.tolist() == [500, 300, 199, 1]
        assert (np.diff(rows) > 0).all()

    def test_a_seed_gives_the_same_rows_and_another_seed_others(self):
        np.testing.assert_array_equal(stratified(self.LABELS, 100, 3), stratified(self.LABELS, 100, 3))
        assert not np.array_equal(stratified(self.LABELS, 100, 3), stratified(self.LABELS, 100, 4))

    def test_rows_are_sampled_uniformly_from_each_class(self):
        times = np.zeros(10_000)
        for seed in range(200):
            times[stratified(self.LABELS, 1000, seed)] += 1
        drawn = times[self.LABELS == 0]
        assert drawn.mean() == pytest.approx(20)
        assert drawn.std() == pytest.approx(np.sqrt(200 * 0.1 * 0.9), rel=0.1)

    @pytest.mark.parametrize("count", [1, 3, 4, 5, 37, 9_999])
    def test_the_sample_has_the_requested_size(self, count):
        rows = stratified(self.LABELS, count, 0)
        assert len(np.unique(rows)) == count
        assert len(np.unique(self.LABELS[rows])) >= min(count, 4) - (count == 3)

    def test_every_class_has_a_row_if_the_size_allows_it(self):
        assert 7 in self.LABELS[stratified(self.LABELS, 40, 0)]
        assert sorted(self.LABELS[stratified(self.LABELS, 4, 0)]) == [0, 1, 2, 7]

    @pytest.mark.parametrize("count", [10_000, 20_000])
    def test_all_rows_are_returned_if_there_are_no_more(self, count):
        np.testing.assert_array_equal(stratified(self.LABELS, count, 0), np.arange(10_000))

    def test_one_class_and_fractional_shares(self):
        assert len(stratified(np.zeros(90, int), 7, 0)) == 7
        rows = stratified(np.arange(9) // 3, 4, 0)
        assert np.bincount(np.arange(9)[rows] // 3).tolist() in ([2, 1, 1], [1, 2, 1], [1, 1, 2])

    def test_invalid_arguments_are_refused(self):
        for labels, count in ((self.LABELS, 0), (np.zeros((3, 2)), 1)):
            with pytest.raises(BadRequestError, match="sample of"):
                stratified(labels, count, 0)
