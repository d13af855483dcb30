"""The nearest codes, compared with brute force; and posteriors, compared with their overlap by quadrature."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.neighbours import CodeFinder, all_nearest_neighbours, nearest_codes, nearest_posteriors


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).normal(size=(700, 5)).astype(np.float32)


def _by_counting(codes, queries, k):
    distances = np.linalg.norm(queries[:, None].astype(np.float64) - codes[None], axis=2)
    rows = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return rows, np.take_along_axis(distances, rows, axis=1)


class TestEuclidean:
    @pytest.mark.parametrize("count", [1, 3, 600])
    def test_a_batch_has_the_order_of_all_distances(self, codes, count):
        queries = np.random.default_rng(1).normal(0, 1.5, (count, 5)).astype(np.float32)
        rows, distances = CodeFinder(codes).nearest(queries, 12)
        expected_rows, expected = _by_counting(codes, queries, 12)
        np.testing.assert_array_equal(rows, expected_rows)
        np.testing.assert_allclose(distances, expected, rtol=1e-4)
        assert (np.diff(distances, axis=1) >= 0).all()

    def test_one_code(self, codes):
        rows, distances = nearest_codes(codes, codes[41], 3)
        assert (rows[0], distances[0]) == (41, 0)
        np.testing.assert_array_equal(rows, _by_counting(codes, codes[41:42], 3)[0][0])

    @pytest.mark.parametrize("count", [1, 50])
    def test_close_codes_far_from_0_are_distinguished(self, count):
        rng = np.random.default_rng(2)
        codes = (1000 + rng.normal(0, 0.01, (400, 3))).astype(np.float32)
        queries = codes[:count] + np.float32(0.002)
        np.testing.assert_array_equal(CodeFinder(codes).nearest(queries, 5)[0], _by_counting(codes, queries, 5)[0])

    @pytest.mark.parametrize("count", [1, 50])
    def test_close_codes_in_two_distant_places_are_distinguished(self, count):
        """No centre is near both places."""
        rng = np.random.default_rng(2)
        places = np.where(np.arange(400)[:, None] % 2, 1000.0, -1000.0)
        codes = (places + rng.normal(0, 0.01, (400, 3))).astype(np.float32)
        for queries in (codes[::2][:count], codes[1::2][:count]):
            np.testing.assert_array_equal(CodeFinder(codes).nearest(queries, 5)[0], _by_counting(codes, queries, 5)[0])

    def test_an_outlier_does_not_reduce_the_precision_for_others(self):
        rng = np.random.default_rng(2)
        codes = rng.normal(0, 0.01, (400, 3)).astype(np.float32)
        codes[399] = 1e6
        np.testing.assert_array_equal(
            CodeFinder(codes).nearest(codes[:50], 5)[0], _by_counting(codes, codes[:50], 5)[0]
        )

    def test_ties_are_ordered_by_row(self, codes):
        doubled = np.concatenate([codes[:100], codes[:100], codes[:100]])
        rows, _ = CodeFinder(doubled).nearest(codes[:100], 2)
        np.testing.assert_array_equal(rows, np.arange(100)[:, None] + [0, 100])
        same = np.ones((50, 3), np.float32)
        assert CodeFinder(same).nearest(same[:1], 4)[0].tolist() == [[0, 1, 2, 3]]

    def test_a_row_can_be_left_out(self, codes):
        rows, _ = CodeFinder(codes).nearest(codes[:300], 4, without=np.arange(300))
        np.testing.assert_array_equal(rows, _by_counting(codes, codes[:300], 5)[0][:, 1:])
        alone, _ = CodeFinder(codes[:3]).nearest(codes[1:2], 2, without=np.array([1]))
        assert sorted(alone[0]) == [0, 2]

    @pytest.mark.parametrize(("k", "without"), [(0, None), (701, None), (700, np.array([0]))])
    def test_too_many_neighbours_are_refused(self, codes, k, without):
        with pytest.raises(BadRequestError, match="neighbours among"):
            CodeFinder(codes).nearest(codes[:1], k, without)

    def test_invalid_queries_are_refused(self, codes):
        with pytest.raises(BadRequestError, match="4 dimensions, expected 5"):
            nearest_codes(codes, np.zeros(4), 1)
        with pytest.raises(BadRequestError, match="NaN"):
            nearest_codes(codes, np.full(5, np.nan), 1)


@pytest.mark.parametrize("most", [20_000, 0], ids=["few codes", "scikit-learn"])
class TestAllNearestNeighbours:
    @pytest.fixture(autouse=True)
    def search(self, monkeypatch, most):
        monkeypatch.setattr("vae.latent.neighbours._WITHOUT_LIBRARY", most)

    def test_all_neighbours_of_all_codes(self, codes):
        rows, distances = all_nearest_neighbours(codes, 6)
        expected_rows, expected = _by_counting(codes, codes, 7)
        np.testing.assert_array_equal(rows, expected_rows[:, 1:])
        np.testing.assert_allclose(distances, expected[:, 1:], rtol=1e-4)

    def test_copies_are_neighbours_but_no_code_is_a_neighbour_of_itself(self):
        codes = np.repeat(np.eye(3, dtype=np.float32), 20, axis=0)
        rows, distances = all_nearest_neighbours(codes, 5)
        assert not distances.any()
        assert (rows != np.arange(60)[:, None]).all()
        assert (rows // 20 == np.arange(60)[:, None] // 20).all()

    def test_a_stop_returns_none(self, codes):
        assert all_nearest_neighbours(codes, 6, should_stop=lambda: True) is None

    def test_too_few_codes_are_refused(self, codes):
        with pytest.raises(BadRequestError, match="at least 7"):
            all_nearest_neighbours(codes[:6], 6)


class TestPosteriorAware:
    def test_it_is_minus_the_log_of_the_overlap(self):
        """∫√(q₁q₂) by quadrature, in one dimension."""
        x = np.linspace(-30, 30, 400_001)

        def density(mean, log_var):
            return np.exp(-0.5 * (x - mean) ** 2 / np.exp(log_var)) / np.sqrt(2 * np.pi * np.exp(log_var))

        means, log_vars = np.array([[0.0], [1.0], [-3.0], [0.5]]), np.array([[0.0], [1.5], [-2.0], [-1.0]])
        rows, distances = nearest_posteriors(means, log_vars, np.array([0.5]), np.array([-1.0]), 4)
        overlaps = [
            np.trapezoid(np.sqrt(density(0.5, -1.0) * density(m, v)), x) for m, v in zip(means, log_vars, strict=True)
        ]
        expected = -np.log(overlaps)
        np.testing.assert_array_equal(rows, np.argsort(expected))
        np.testing.assert_allclose(distances, np.sort(expected), atol=1e-5)
        assert (rows[0], distances[0]) == (3, pytest.approx(0, abs=1e-6))

    def test_it_is_symmetric(self):
        rng = np.random.default_rng(0)
        means, log_vars = rng.normal(size=(2, 6)), rng.normal(-2, 1, (2, 6))
        one = nearest_posteriors(means[:1], log_vars[:1], means[1], log_vars[1], 1)[1]
        other = nearest_posteriors(means[1:], log_vars[1:], means[0], log_vars[0], 1)[1]
        np.testing.assert_allclose(one, other, rtol=1e-6)

    def test_a_difference_weighs_more_where_posteriors_are_narrow(self):
        """The same difference in a dimension of narrow posteriors and in one of wide posteriors."""
        means, log_vars = np.array([[1.0, 0.0], [0.0, 1.0]]), np.tile(np.log([[0.01, 1.0]]), (2, 1))
        rows, distances = nearest_posteriors(means, log_vars, np.zeros(2), log_vars[0], 2)
        assert rows.tolist() == [1, 0]
        assert distances[1] > 50 * distances[0]

    def test_a_collapsed_dimension_and_units_do_not_matter(self):
        rng = np.random.default_rng(0)
        means, log_vars = rng.normal(size=(80, 4)).astype(np.float32), rng.normal(-3, 0.5, (80, 4)).astype(np.float32)
        plain = nearest_posteriors(means, log_vars, means[3], log_vars[3], 80)
        zeros = np.zeros((80, 1))
        with_collapsed = nearest_posteriors(
            np.hstack([means, zeros]),
            np.hstack([log_vars, zeros]),
            np.r_[means[3], 0],
            np.r_[log_vars[3], 0],
            80,
        )
        scaled = nearest_posteriors(
            means * 100, log_vars + 2 * np.log(100), means[3] * 100, log_vars[3] + 2 * np.log(100), 80
        )
        for other in (with_collapsed, scaled):
            np.testing.assert_array_equal(plain[0], other[0])
            np.testing.assert_allclose(plain[1], other[1], rtol=1e-3, atol=1e-5)

    def test_point_posteriors_and_extremes_give_finite_distances(self):
        means = np.array([[0.0], [1.0], [1e3]])
        for log_var in (-60.0, 60.0):
            log_vars = np.array([[log_var], [0.0], [-log_var]])
            with np.errstate(over="raise", invalid="raise"):
                distances = nearest_posteriors(means, log_vars, np.zeros(1), np.array([log_var]), 3)[1]
            assert np.isfinite(distances).all()

    def test_real_images_of_one_class_overlap_most(self, mnist):
        near = [
            nearest_posteriors(mnist.z_mean, mnist.z_log_var, mnist.z_mean[i], mnist.z_log_var[i], 11)[0]
            for i in range(100)
        ]
        assert [rows[0] for rows in near] == list(range(100))
        assert np.mean([(mnist.labels[rows[1:]] == mnist.labels[rows[0]]).mean() for rows in near]) > 0.93

    def test_ties_are_ordered_by_row(self):
        assert nearest_posteriors(np.ones((5, 2)), np.zeros((5, 2)), np.zeros(2), np.zeros(2), 5)[0].tolist() == [
            0, 1, 2, 3, 4
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ((np.zeros((3, 2)), np.zeros((2, 2)), np.zeros(2), np.zeros(2), 1), "3 means with 2 log-variances"),
            ((np.zeros((3, 2)), np.zeros((3, 2)), np.zeros((2, 2)), np.zeros((2, 2)), 1), "2 query means"),
            ((np.zeros((3, 2)), np.zeros((3, 2)), np.zeros(2), np.zeros(2), 4), "4 neighbours among 3"),
            ((np.zeros((3, 2)), np.full((3, 2), np.nan), np.zeros(2), np.zeros(2), 1), "log-variances hold NaN"),
        ],
    )
    def test_arguments_that_do_not_match_are_refused(self, arguments, message):
        with pytest.raises(BadRequestError, match=message):
            nearest_posteriors(*arguments)
