"""t-SNE: it separates clusters, reports frames, stops, is reproducible and refuses invalid input."""

import numpy as np
import pytest
from sklearn.manifold import TSNE

from vae.errors import BadRequestError
from vae.latent.projections.quality import class_agreement, measure_quality
from vae.latent.projections.tsne import default_perplexity, fit_tsne, largest_perplexity

QUICK = {"early_iterations": 60, "iterations": 60, "jobs": 1}


def test_clusters_are_separated(clusters):
    codes, labels = clusters
    found = fit_tsne(codes, 15, jobs=1)
    assert (found.shape, found.dtype) == ((150, 2), np.float32)
    assert class_agreement(found, labels) == 1
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-3)
    centres = np.array([found[labels == c].mean(axis=0) for c in range(3)])
    spread = max(np.linalg.norm(found[labels == c] - centres[c], axis=1).mean() for c in range(3))
    assert min(np.linalg.norm(centres[a] - centres[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 3 * spread


@pytest.mark.full
def test_it_is_as_good_as_that_of_scikit_learn(mnist):
    codes, labels = mnist.z_mean[:800], mnist.labels[:800]
    ours, theirs = fit_tsne(codes, jobs=1), TSNE(random_state=0, max_iter=750, n_jobs=1).fit_transform(codes)
    one, other = measure_quality(codes, ours, labels), measure_quality(codes, theirs, labels)
    # A standard error of the agreement is 0.01 here.
    assert one.agreement > other.agreement - 0.015
    assert one.trustworthiness > other.trustworthiness - 0.003
    assert one.continuity > other.continuity - 0.003
    assert one.trustworthiness > 0.97


class TestReproducibility:
    @pytest.mark.parametrize("early_exaggeration", [12, 4])
    def test_a_seed_gives_the_same_map_for_any_number_of_threads(self, clusters, early_exaggeration):
        settings = QUICK | {"early_exaggeration": early_exaggeration}
        one = fit_tsne(clusters[0], 10, 3, **settings)
        np.testing.assert_array_equal(one, fit_tsne(clusters[0], 10, 3, **settings | {"jobs": 2}))

    def test_other_seeds_and_perplexities_give_other_maps(self, clusters):
        one = fit_tsne(clusters[0], 10, 3, **QUICK)
        assert not np.array_equal(one, fit_tsne(clusters[0], 10, 4, **QUICK))
        assert not np.array_equal(one, fit_tsne(clusters[0], 20, 3, **QUICK))

    @pytest.mark.full
    def test_the_grid_of_large_sets_is_reproducible(self, clusters, monkeypatch):
        monkeypatch.setattr("vae.latent.projections.tsne._GRID_FROM", 100)
        one = fit_tsne(clusters[0], 10, 3, **QUICK)
        np.testing.assert_array_equal(one, fit_tsne(clusters[0], 10, 3, **QUICK | {"jobs": 2}))
        assert class_agreement(one, clusters[1]) > 0.95


class TestFrames:
    def test_frames_are_in_order_and_end_with_the_map(self, clusters):
        frames = []
        found = fit_tsne(clusters[0], 10, **QUICK, every=25, on_frame=lambda i, xy: frames.append((i, xy)))
        assert [i for i, _ in frames] == [0, 25, 50, 85, 110, 120]
        assert all(xy.shape == (150, 2) and xy.dtype == np.float32 for _, xy in frames)
        np.testing.assert_array_equal(frames[-1][1], found)
        # Frames are copies, so they differ; the map grows from a point.
        spreads = [xy.std() for _, xy in frames]
        assert spreads[0] < 1e-3 < spreads[1] < spreads[-1]

    def test_no_frame_is_reported_twice(self, clusters):
        done = []
        fit_tsne(clusters[0], 10, **QUICK, every=20, on_frame=lambda i, xy: done.append(i))
        assert done == [0, 20, 40, 60, 80, 100, 120]

    def test_the_start_is_the_principal_components(self, clusters):
        frames = []
        fit_tsne(clusters[0], 10, **QUICK, on_frame=lambda i, xy: frames.append(xy))
        centred = clusters[0] - clusters[0].mean(axis=0)
        axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
        for axis in range(2):
            assert abs(np.corrcoef(frames[0][:, axis], centred @ axes[axis])[0, 1]) > 0.99

    @pytest.mark.parametrize("asked", [1, 3, 5])
    def test_a_stop_returns_the_current_map(self, clusters, asked):
        """`should_stop` is called once during the search for neighbours, then at every frame of both phases."""
        times, done = [], []

        def should_stop():
            times.append(1)
            return len(times) >= asked

        found = fit_tsne(
            clusters[0], 10, **QUICK, every=30, on_frame=lambda i, xy: done.append((i, xy)), should_stop=should_stop
        )
        assert len(times) == asked, "no calls after it returned True"
        assert [i for i, _ in done] == [0, 30, 60, 90][: max(asked - 1, 1)]
        assert found.shape == (150, 2)
        assert np.isfinite(found).all()
        if asked == 1:
            np.testing.assert_array_equal(found, done[0][1])

    def test_an_exception_of_on_frame_is_raised(self, clusters):
        def full_disk(iteration, coordinates):
            if iteration:
                raise OSError("no space")

        with pytest.raises(OSError, match="no space"):
            fit_tsne(clusters[0], 10, **QUICK, on_frame=full_disk)


class TestBadInput:
    @pytest.mark.parametrize("perplexity", [1.9, 51, np.nan, -3])
    def test_an_invalid_perplexity_names_the_range(self, clusters, perplexity):
        with pytest.raises(BadRequestError, match="from 2 to 49"):
            fit_tsne(clusters[0], perplexity)

    def test_the_largest_perplexity_is_accepted(self, clusters):
        found = fit_tsne(clusters[0], largest_perplexity(150), **QUICK)
        assert np.isfinite(found).all()

    def test_the_default_perplexity_depends_on_the_number_of_codes(self, clusters):
        assert [default_perplexity(count) for count in (7, 61, 91, 150)] == [2, 20, 30, 30]
        few, labels = clusters[0][::3], clusters[1][::3]
        np.testing.assert_array_equal(fit_tsne(few, **QUICK), fit_tsne(few, 49 / 3, **QUICK))
        assert class_agreement(fit_tsne(few, **QUICK), labels, neighbours=3) > 0.9

    def test_too_few_codes(self):
        codes = np.random.default_rng(0).normal(size=(7, 3))
        assert fit_tsne(codes, 2, **QUICK).shape == (7, 2)
        with pytest.raises(BadRequestError, match="6 codes are too few"):
            fit_tsne(codes[:6], 2)

    def test_invalid_codes_are_refused(self, clusters):
        broken = clusters[0].copy()
        broken[3, 2] = np.nan
        with pytest.raises(BadRequestError, match="NaN"):
            fit_tsne(broken, 10)
        with pytest.raises(BadRequestError, match="the same"):
            fit_tsne(np.ones((100, 4)), 10)

    @pytest.mark.parametrize("settings", [{"every": 0}, {"early_iterations": 0, "iterations": 0}])
    def test_invalid_settings_are_refused(self, clusters, settings):
        with pytest.raises(BadRequestError, match="at least 1"):
            fit_tsne(clusters[0], 10, **settings)


class TestOddCodes:
    def test_equal_codes_are_near_each_other(self, clusters):
        codes = np.concatenate([clusters[0][:60], np.repeat(clusters[0][120:121], 60, axis=0)])
        found = fit_tsne(codes, 10, **QUICK)
        assert np.isfinite(found).all()
        assert class_agreement(found, np.arange(120) >= 60) > 0.98

    def test_one_dimension(self):
        codes = np.linspace(0, 1, 90)[:, None]
        found = fit_tsne(codes, 10, jobs=1)
        assert np.isfinite(found).all()
        assert measure_quality(codes, found, neighbours=5).trustworthiness > 0.95
