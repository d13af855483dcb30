"""UMAP: it separates clusters, reports frames, stops, is reproducible and refuses invalid input."""

from itertools import pairwise

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.latent.projections import pca_map
from vae.latent.projections.quality import class_agreement, measure_quality
from vae.latent.projections.umap import default_epochs, fit_umap


@pytest.mark.full
def test_clusters_are_separated(clusters):
    codes, labels = clusters
    found = fit_umap(codes)
    assert (found.shape, found.dtype) == ((150, 2), np.float32)
    assert class_agreement(found, labels) == 1
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-3)


@pytest.mark.full
def test_neighbourhoods_of_real_codes_are_preserved(mnist):
    codes, labels = mnist.z_mean[:1500], mnist.labels[:1500]
    found = measure_quality(codes, fit_umap(codes), labels)
    flat = measure_quality(codes, pca_map(codes).place(codes), labels)
    in_latent = class_agreement_in_latent(codes, labels)
    assert found.agreement > in_latent - 0.02
    assert found.trustworthiness > 0.95 > flat.trustworthiness
    assert found.continuity > flat.continuity


@pytest.mark.full
def test_three_components_separate_clusters_too(clusters):
    codes, labels = clusters
    frames = []
    found = fit_umap(codes, components=3, epochs=100, on_frame=lambda epoch, places: frames.append(places.shape))
    assert (found.shape, found.dtype) == ((150, 3), np.float32) and set(frames) == {(150, 3)}
    assert class_agreement_in_latent(found, labels) == 1
    assert (found.std(axis=0) > 0.1 * found.std()).all(), "the third component is used"
    assert not np.allclose(found[:, :2], fit_umap(codes, epochs=100), atol=0.1), "not a map of two with a third number"


def class_agreement_in_latent(codes, labels):
    distances = np.linalg.norm(codes[:, None] - codes[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    votes = labels[np.argsort(distances, axis=1)[:, :10]]
    return np.mean([np.bincount(row).argmax() == label for row, label in zip(votes, labels, strict=True)])


class TestSettings:
    def test_a_seed_gives_the_same_map(self, clusters):
        one = fit_umap(clusters[0], seed=3, epochs=50)
        np.testing.assert_array_equal(one, fit_umap(clusters[0], seed=3, epochs=50))
        assert not np.array_equal(one, fit_umap(clusters[0], seed=4, epochs=50))

    def test_on_frame_does_not_change_the_map(self, clusters):
        watched = fit_umap(clusters[0], epochs=50, every=1, on_frame=lambda epoch, xy: xy.fill(0))
        np.testing.assert_array_equal(watched, fit_umap(clusters[0], epochs=50, every=50))

    def test_the_least_distance_spreads_points(self, clusters):
        def gap(min_dist):
            xy = fit_umap(clusters[0], min_dist=min_dist)
            distances = np.linalg.norm(xy[:, None] - xy[None], axis=2) + np.eye(len(xy)) * 1e9
            return np.median(distances.min(axis=1))

        assert gap(0.8) > 2 * gap(0.0)

    def test_more_neighbours_give_fewer_components(self):
        """With few neighbours, the map of a noisy ring has several components; with many, it has one."""
        rng = np.random.default_rng(0)
        angles = rng.uniform(0, 2 * np.pi, 150)
        ring = np.stack([np.cos(angles), np.sin(angles)], axis=1) + rng.normal(0, 0.02, (150, 2))
        few, many = (
            measure_quality(ring, fit_umap(ring, neighbours, epochs=200), neighbours=40) for neighbours in (2, 40)
        )
        assert many.continuity > few.continuity + 0.02

    def test_small_sets_have_more_epochs(self):
        assert (default_epochs(10_000), default_epochs(10_001)) == (500, 200)


class TestFrames:
    def test_frames_are_in_order_and_end_with_the_map(self, clusters):
        frames = []
        found = fit_umap(clusters[0], epochs=50, every=20, on_frame=lambda i, xy: frames.append((i, xy)))
        assert [i for i, _ in frames] == [0, 20, 40, 50]
        assert all(xy.shape == (150, 2) and xy.dtype == np.float32 for _, xy in frames)
        np.testing.assert_array_equal(frames[-1][1], found)
        moved = [np.abs(after - before).max() for (_, before), (_, after) in pairwise(frames)]
        assert min(moved) > 0, "frames differ"

    def test_prints_nothing(self, clusters, capfd):
        fit_umap(clusters[0], epochs=20)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("asked", [1, 2, 4])
    def test_a_stop_returns_the_current_map(self, clusters, asked):
        times, done = [], []

        def should_stop():
            times.append(1)
            return len(times) >= asked

        found = fit_umap(
            clusters[0], epochs=100, every=10, on_frame=lambda i, xy: done.append(i), should_stop=should_stop
        )
        assert len(times) == asked
        assert done == [0, 10, 20, 30][: max(asked - 1, 1)]
        assert found.shape == (150, 2)
        assert np.isfinite(found).all()

    def test_an_exception_of_on_frame_is_raised(self, clusters):
        def full_disk(epoch, coordinates):
            if epoch:
                raise OSError("no space")

        with pytest.raises(OSError, match="no space"):
            fit_umap(clusters[0], epochs=30, on_frame=full_disk)


class TestBadInput:
    @pytest.mark.parametrize("neighbours", [1, 0, 151])
    def test_an_invalid_number_of_neighbours_names_the_range(self, clusters, neighbours):
        with pytest.raises(BadRequestError, match="Use 2 to 150"):
            fit_umap(clusters[0], neighbours)

    @pytest.mark.parametrize("min_dist", [-0.1, 1.5, np.nan])
    def test_a_least_distance_out_of_range(self, clusters, min_dist):
        with pytest.raises(BadRequestError, match="from 0 to 1"):
            fit_umap(clusters[0], min_dist=min_dist)

    @pytest.mark.parametrize("settings", [{"every": 0}, {"epochs": 0}])
    def test_invalid_settings_are_refused(self, clusters, settings):
        with pytest.raises(BadRequestError, match="at least 1"):
            fit_umap(clusters[0], **settings)

    def test_invalid_codes_are_refused(self, clusters):
        broken = clusters[0].copy()
        broken[3, 2] = np.inf
        with pytest.raises(BadRequestError, match="NaN or infinity in 1 of 150"):
            fit_umap(broken)
        with pytest.raises(BadRequestError, match="the same"):
            fit_umap(np.ones((100, 4)))
        with pytest.raises(BadRequestError, match="at least 2"):
            fit_umap(np.ones((1, 4)))


class TestOddCodes:
    def test_equal_codes_and_a_disconnected_graph(self, clusters):
        codes = np.concatenate([clusters[0][:60], np.repeat(clusters[0][120:121] + 50, 60, axis=0)])
        found = fit_umap(codes, 5, epochs=100)
        assert np.isfinite(found).all()
        assert class_agreement(found, np.arange(120) >= 60) == 1

    def test_the_default_number_of_neighbours_depends_on_the_number_of_codes(self, clusters):
        few = clusters[0][::15]
        np.testing.assert_array_equal(fit_umap(few, epochs=20), fit_umap(few, 10, epochs=20))

    def test_one_dimension_and_the_smallest_set(self):
        assert np.isfinite(fit_umap(np.linspace(0, 1, 60)[:, None], 5, epochs=100)).all()
        assert fit_umap(np.array([[0.0, 1], [1, 0]]), 2, epochs=10).shape == (2, 2)


@pytest.mark.full
def test_tensorflow_is_not_imported_and_umap_only_when_needed(run_python):
    code = """
import sys
import numpy as np
import vae.latent.projections
from vae.latent.projections import tsne, umap
early = {"umap", "numba", "openTSNE", "keras", "tensorflow"} & set(sys.modules)
umap.fit_umap(np.random.default_rng(0).normal(size=(30, 3)), 5, epochs=5)
late = {"keras", "tensorflow"} & set(sys.modules)
print(early, late)
"""
    done = run_python("-c", code)
    assert (done.returncode, done.stdout.strip()) == (0, "set() set()"), done.stderr
