"""Attribute directions: known directions are found and measured, and a 4 becomes a 9."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.directions import attribute_direction, move
from vae.latent.neighbours import CodeFinder

AXIS = np.array([0.6, 0.0, 0.8, 0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def planted():
    """Noise with σ 1 in six dimensions; rows from 600 on are shifted by 2 along one direction."""
    codes = np.random.default_rng(0).normal(size=(1200, 6))
    codes[600:] += 2 * AXIS
    return codes.astype(np.float32)


A, B = np.arange(600), np.arange(600, 1200)


class TestVector:
    def test_it_is_the_difference_of_the_means(self, planted):
        found = attribute_direction(planted, A, B)
        np.testing.assert_allclose(found.vector, planted[B].mean(axis=0) - planted[A].mean(axis=0), atol=1e-5)
        np.testing.assert_allclose(found.vector, 2 * AXIS, atol=0.2)
        assert (found.counts, found.shared) == ((600, 600), 0)

    def test_positions_are_0_at_a_and_1_at_b(self, planted):
        found = attribute_direction(planted, A, B)
        assert found.positions(planted[A]).mean() == pytest.approx(0, abs=1e-5)
        assert found.positions(planted[B]).mean() == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(found.positions((found.start + 0.25 * found.vector)[None]), [0.25], atol=1e-6)

    def test_masks_and_any_order_are_the_same_selection(self, planted):
        one = attribute_direction(planted, A, B)
        other = attribute_direction(planted, np.arange(1200) < 600, B[::-1])
        np.testing.assert_array_equal(one.vector, other.vector)
        assert (one.strength, one.consistency) == (other.strength, other.consistency)

    def test_rows_in_both_are_left_out(self, planted):
        found = attribute_direction(planted, np.r_[A, 600:650], np.r_[B, 0:30])
        assert (found.counts, found.shared) == ((570, 550), 80)
        np.testing.assert_allclose(found.vector, attribute_direction(planted, A[30:], B[50:]).vector)


class TestStrength:
    def test_a_known_shift_is_measured(self, planted):
        found = attribute_direction(planted, A, B).strength
        assert found.effect == pytest.approx(2, abs=0.2)
        assert found.auc == pytest.approx(NormalDist().cdf(2 / math.sqrt(2)), abs=0.02)

    def test_noise_has_no_strength(self):
        """Forty codes in two hundred dimensions: without held-out rows the direction would seem perfect."""
        codes = np.random.default_rng(0).normal(size=(40, 200)).astype(np.float32)
        found = attribute_direction(codes, np.arange(20), np.arange(20, 40))
        positions = found.positions(codes)
        assert positions[:20].max() < positions[20:].min()
        assert abs(found.strength.effect) < 1
        assert 0.3 < found.strength.auc < 0.7

    def test_the_seed_determines_the_halves(self, planted):
        one, again, other = (attribute_direction(planted, A, B, seed=seed) for seed in (1, 1, 2))
        assert one.strength == again.strength != other.strength
        assert (one.consistency, one.chance) == (again.consistency, again.chance)

    def test_ties_count_half(self):
        codes = np.array([[0.0]] * 300 + [[1.0]] * 100 + [[0.0]] * 100 + [[1.0]] * 300)
        found = attribute_direction(codes, np.arange(400), np.arange(400, 800)).strength
        # B above A: ¾ · ¾; equal: 2 · ¾ · ¼, of which half.
        assert found.auc == pytest.approx(0.75, abs=0.05)

    @pytest.mark.parametrize(("count", "measured"), [(1, False), (3, False), (4, True)])
    def test_too_few_rows_cannot_be_held_out(self, planted, count, measured):
        assert (attribute_direction(planted, A[:count], B).strength is not None) is measured
        assert (attribute_direction(planted, A, B[:count]).strength is not None) is measured

    def test_sides_without_variance(self):
        codes = np.repeat(np.eye(2, dtype=np.float32), 10, axis=0)
        found = attribute_direction(codes, np.arange(10), np.arange(10, 20))
        assert (found.strength.effect, found.strength.auc) == (np.inf, 1)
        assert found.consistency == pytest.approx(1)


class TestConsistency:
    def test_equal_differences_give_1_and_noise_gives_chance(self, planted):
        rng = np.random.default_rng(1)
        same = np.concatenate([planted[A] * 1e-3, planted[A] * 1e-3 + AXIS]).astype(np.float32)
        assert attribute_direction(same, A, B).consistency > 0.99
        noise = rng.normal(size=(1200, 6)).astype(np.float32)
        found = attribute_direction(noise, A, B)
        assert found.consistency == pytest.approx(0, abs=0.03)
        assert found.chance == pytest.approx(0, abs=0.03)

    def test_it_is_the_mean_cosine_of_the_differences(self, planted):
        """A step s in noise of variance 1 + 1 per dimension; E[cos] ≈ s² / (s² + 2d)."""
        found = attribute_direction(planted, A, B)
        assert found.consistency == pytest.approx(4 / (4 + 12), abs=0.05)
        assert found.chance == pytest.approx(0, abs=0.03)

    def test_a_single_pair_has_no_consistency(self, planted):
        assert attribute_direction(planted, [0], [700]).consistency is None


class TestLeakage:
    @pytest.fixture(scope="class")
    @staticmethod
    def classes():
        """Five clusters: 1 is shifted from 0 along x, 2 and 3 have the x of 0, 4 has the x of 1."""
        rng = np.random.default_rng(0)
        labels = np.repeat(np.arange(5), 200)
        centres = np.array([[0, 0], [4, 0], [0, 8], [0, -8], [4, 20]])
        return (centres[labels] + rng.normal(size=(1000, 2))).astype(np.float32), labels

    def test_the_class_that_leaks_is_reported(self, classes):
        codes, labels = classes
        found = attribute_direction(codes, labels == 0, labels == 1, labels).leakage
        assert found.classes.tolist() == [2, 3, 4]
        np.testing.assert_allclose(found.shift, [-0.5, -0.5, 1], atol=0.1)
        assert found.auc[2] > 0.99
        assert found.auc[0] == pytest.approx(0.25, abs=0.05)  # 0.5 against one of the two others, 0 against the other
        assert found.share == pytest.approx((32 / 9) / (32 / 9 + 1), abs=0.05)
        assert found.share < found.chance, "these classes differ mostly in other directions"

    def test_a_direction_that_does_not_separate_the_others_does_not_leak(self, classes):
        codes, labels = classes
        rows = labels != 4
        found = attribute_direction(codes[rows], labels[rows] == 0, labels[rows] == 1, labels[rows]).leakage
        assert found.share < 0.02
        assert found.chance > 0.9
        np.testing.assert_allclose(found.auc, 0.5, atol=0.1)

    def test_within_one_class_all_other_classes_are_measured(self, classes):
        codes, labels = classes
        thin, thick = (labels == 2) & (codes[:, 0] < 0), (labels == 2) & (codes[:, 0] > 0)
        assert attribute_direction(codes, thin, thick, labels).leakage.classes.tolist() == [0, 1, 3, 4]

    @pytest.mark.parametrize("labels", [None, np.zeros(1200, int), np.arange(1200) // 600])
    def test_without_other_classes_there_is_no_leakage(self, planted, labels):
        assert attribute_direction(planted, A, B, labels).leakage is None


class TestMoving:
    def test_the_ends_are_exact(self, planted):
        found = attribute_direction(planted, A, B)
        np.testing.assert_array_equal(move(planted, found.vector, 0), planted)
        there = move(planted[A], found.vector, 1.0)
        np.testing.assert_allclose(there.mean(axis=0), planted[B].mean(axis=0), atol=1e-5)
        np.testing.assert_allclose(move(there, found.vector, -1.0), planted[A], atol=1e-5)

    def test_each_code_may_have_another_amount(self, planted):
        found = move(planted[:3], AXIS, [0, 1, -2])
        np.testing.assert_allclose(found - planted[:3], np.outer([0, 1, -2], AXIS), atol=1e-6)
        assert found.dtype == np.float32

    def test_a_4_becomes_a_9(self, mnist):
        codes, labels = mnist.z_mean, mnist.labels
        found = attribute_direction(codes, labels == 4, labels == 9, labels)
        assert found.strength.auc > 0.95
        assert found.consistency > found.chance + 0.1
        votes = labels[CodeFinder(codes).nearest(move(codes[labels == 4][:200], found.vector, 1.0), 10)[0]]
        assert np.mean([np.bincount(row).argmax() == 9 for row in votes]) > 0.75

    def test_codes_of_another_dimension_are_refused(self, planted):
        with pytest.raises(BadRequestError, match="6 dimensions, expected 2"):
            move(planted, np.ones(2), 1)
        with pytest.raises(BadRequestError, match="NaN"):
            move(planted, np.full(6, np.nan), 1)


@pytest.mark.parametrize(
    ("rows_a", "rows_b", "message"),
    [
        ([], [1], "Selection A is empty"),
        ([1], [], "Selection B is empty"),
        ([1, 2], [2, 1], "the same selection"),
        ([1, 2], [1, 2, 3], "contains the other"),
        ([1], [1200], "Selection B has row 1200, but there are only 1200 rows"),
    ],
)
def test_selections_without_a_direction_are_refused(planted, rows_a, rows_b, message):
    with pytest.raises(BadRequestError, match=message):
        attribute_direction(planted, rows_a, rows_b)


def test_codes_without_a_direction_are_refused(planted):
    with pytest.raises(BadRequestError, match="the same mean code"):
        attribute_direction(np.ones((10, 3)), [0, 1], [2, 3])
    broken = planted.copy()
    broken[5] = np.nan
    with pytest.raises(BadRequestError, match="NaN"):
        attribute_direction(broken, A, B)
    with pytest.raises(BadRequestError, match=r"labels of shape \(3,\)"):
        attribute_direction(planted, A, B, np.zeros(3))
