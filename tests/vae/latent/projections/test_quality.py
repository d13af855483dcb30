"""The quality of maps, compared with scikit-learn and for maps of known quality."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from vae.errors import BadRequestError
from vae.latent.projections import pca_map
from vae.latent.projections.quality import class_agreement, measure_quality


@pytest.fixture(scope="module")
def codes():
    return np.random.default_rng(0).normal(size=(600, 6)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 5, 30])
def test_trustworthiness_and_continuity_are_those_of_scikit_learn(codes, k):
    xy = pca_map(codes).place(codes)
    found = measure_quality(codes, xy, neighbours=k)
    assert found.trustworthiness == pytest.approx(trustworthiness(codes, xy, n_neighbors=k), abs=1e-4)
    # Continuity is trustworthiness with the two spaces exchanged.
    assert found.continuity == pytest.approx(trustworthiness(xy, codes, n_neighbors=k), abs=1e-4)
    assert (found.neighbours, found.rows, found.points, found.agreement) == (k, 600, 600, None)


def test_an_isometric_map_is_perfect_and_a_shuffled_one_is_chance(codes):
    flat = codes[:, :2]
    whole = measure_quality(flat, 7 * flat[:, ::-1] - 3)
    assert (whole.trustworthiness, whole.continuity) == (1, 1)
    shuffled = measure_quality(flat, np.random.default_rng(1).permutation(flat))
    assert shuffled.trustworthiness == pytest.approx(0.5, abs=0.03)
    assert shuffled.continuity == pytest.approx(0.5, abs=0.03)


def test_a_fold_lowers_trustworthiness_and_a_tear_lowers_continuity():
    rng = np.random.default_rng(0)
    line = rng.uniform(-1, 1, (800, 1))
    folded = measure_quality(line, np.concatenate([np.abs(line), 0 * line], axis=1))
    assert folded.continuity > folded.trustworthiness + 0.1
    circle = np.concatenate([np.sin(np.pi * line), np.cos(np.pi * line)], axis=1)
    split = measure_quality(circle, np.concatenate([line, 0 * line], axis=1))
    assert split.trustworthiness > split.continuity


def test_a_sample_estimates_the_whole_map(codes):
    xy = pca_map(codes).place(codes)
    whole, part = measure_quality(codes, xy), measure_quality(codes, xy, sample=250, seed=1)
    assert (part.rows, part.points) == (250, 600)
    assert part.trustworthiness == pytest.approx(whole.trustworthiness, abs=0.02)
    assert part.continuity == pytest.approx(whole.continuity, abs=0.02)
    assert part == measure_quality(codes, xy, sample=250, seed=1)
    assert part != measure_quality(codes, xy, sample=250, seed=2)


@pytest.fixture(scope="module")
def overlapping():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 400)
    return rng.normal(size=(400, 2)) + 1.5 * labels[:, None], labels


class TestClassAgreement:
    def test_for_placed_points_it_is_the_accuracy_of_a_classifier(self, overlapping):
        xy, labels = overlapping
        theirs = KNeighborsClassifier(9).fit(xy[:300], labels[:300]).score(xy[300:], labels[300:])
        assert class_agreement(xy[:300], labels[:300], xy[300:], labels[300:], 9) == pytest.approx(theirs)

    def test_points_of_the_map_are_left_out_one_by_one(self, overlapping):
        xy, labels = overlapping
        left_out = [
            KNeighborsClassifier(9).fit(np.delete(xy, i, 0), np.delete(labels, i)).predict(xy[i : i + 1])[0]
            for i in range(100)
        ]
        expected = np.mean(np.array(left_out) == labels[:100])
        assert class_agreement(xy, labels, neighbours=9, rows=np.arange(100)) == pytest.approx(expected)
        alone = np.arange(400)  # a different class for every point
        assert class_agreement(xy, alone) == 0

    def test_ties_are_decided_by_the_nearest_point(self):
        xy, labels = np.array([[0.0, 0], [1, 0], [2, 0], [3, 0]]), np.array([5, 7, 7, 5])
        assert class_agreement(xy, labels, [[-1, 0]], [5], 2) == 1
        assert class_agreement(xy, labels, [[-1, 0]], [7], 2) == 0
        assert class_agreement(xy, labels, [[-1, 0]], [7], 3) == 1

    def test_copies_of_a_point_are_its_neighbours(self):
        xy, labels = np.repeat([[0.0, 0], [9, 9]], 30, axis=0), np.repeat([1, 2], 30)
        assert class_agreement(xy, labels, neighbours=5) == 1

    def test_a_single_class_gives_1(self, codes):
        assert measure_quality(codes, codes[:, :2], np.full(600, 3)).agreement == 1


@pytest.mark.parametrize("k", [0, 300])
def test_neighbours_out_of_range(codes, k):
    with pytest.raises(BadRequestError, match="from 1 to 299"):
        measure_quality(codes, codes[:, :2], neighbours=k)


def test_arguments_that_do_not_match_are_refused(codes):
    with pytest.raises(BadRequestError, match="600 codes with 5 coordinates"):
        measure_quality(codes, codes[:5, :2])
    with pytest.raises(BadRequestError, match="NaN"):
        measure_quality(codes, np.full((600, 2), np.nan))
    with pytest.raises(BadRequestError, match="5 with 4 labels"):
        class_agreement(codes[:, :2], np.zeros(600), codes[:5, :2], np.zeros(4))
    with pytest.raises(BadRequestError, match="neighbours among"):
        class_agreement(codes[:5, :2], np.zeros(5), neighbours=5)


def test_the_default_number_of_neighbours_depends_on_the_number_of_points(codes):
    few = codes[:9, :2]
    found = measure_quality(few, few)
    assert (found.neighbours, found.trustworthiness) == (4, 1)
