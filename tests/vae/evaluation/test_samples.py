"""Precision, recall, density and coverage against their definitions, and on simple sets."""

import tracemalloc

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from vae.errors import BadRequestError
from vae.evaluation import samples
from vae.evaluation.samples import compare


def _by_definition(real, drawn) -> dict[str, np.floating]:
    """Return the four figures as the papers define them, computed point by point."""

    def radius(points, index, k):
        others = [np.linalg.norm(points[index] - other) for place, other in enumerate(points) if place != index]
        return sorted(others)[k - 1]

    def inside(point, center, reach):
        return np.linalg.norm(point - center) <= reach

    real_3, real_5 = ([radius(real, index, k) for index in range(len(real))] for k in (3, 5))
    drawn_3 = [radius(drawn, index, 3) for index in range(len(drawn))]
    return {
        "precision": np.mean([any(map(inside, [y] * len(real), real, real_3)) for y in drawn]),
        "recall": np.mean([any(map(inside, [x] * len(drawn), drawn, drawn_3)) for x in real]),
        "density": np.mean([sum(map(inside, [y] * len(real), real, real_5)) / 5 for y in drawn]),
        "coverage": np.mean([any(inside(y, x, reach) for y in drawn) for x, reach in zip(real, real_5, strict=True)]),
    }


def _figures(real, drawn) -> dict[str, float]:
    overlap = compare(real, drawn)
    return {name: getattr(overlap, name).mean() for name in ("precision", "recall", "density", "coverage")}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("shift", "spread"), [(0, 1), (1.5, 0.4), (0, 3)])
@pytest.mark.parametrize("rows", [7, 1000])
def test_the_figures_match_their_definitions(monkeypatch, seed, shift, spread, rows):
    monkeypatch.setattr(samples, "_ROWS", rows)  # pieces whose size divides neither set
    rng = np.random.default_rng(seed)
    real, drawn = rng.normal(size=(40, 3)), shift + spread * rng.normal(size=(30, 3))
    found, expected = _figures(real, drawn), _by_definition(real, drawn)
    assert found == pytest.approx(expected)
    assert len(set(np.round(list(expected.values()), 6))) > 2, "equal figures would test nothing"


def test_large_sets_too():
    """More points than rows in a piece, and more than a partial sort sorts completely."""
    real, drawn = np.random.default_rng(0).normal(size=(2, 3000, 6))
    within, between = cdist(real, real), cdist(drawn, real)
    within.sort(axis=1)
    overlap = compare(real, drawn)
    np.testing.assert_array_equal(overlap.precision, (between <= within[:, 3]).any(axis=1))
    np.testing.assert_allclose(overlap.density, (between <= within[:, 5]).sum(axis=1) / 5)
    np.testing.assert_array_equal(overlap.coverage, (between <= within[:, 5]).any(axis=0))


def test_each_point_has_one_term():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(50, 2))
    drawn = np.concatenate([rng.normal(size=(20, 2)), rng.normal(100, 1, (10, 2))])
    overlap = compare(real, drawn)
    assert (overlap.precision.shape, overlap.density.shape) == ((30,), (30,))
    assert (overlap.recall.shape, overlap.coverage.shape) == ((50,), (50,))
    assert not overlap.precision[20:].any()
    assert not overlap.density[20:].any()
    assert overlap.precision[:20].mean() > 0.5


def test_a_set_compared_with_itself():
    """With whole numbers around 0, radii are exact, and a ball contains its k neighbours and its centre."""
    points = np.random.default_rng(0).integers(-1000, 1000, (150, 4))
    points = np.concatenate([points, -points])
    assert _figures(points, points) == {"precision": 1, "recall": 1, "density": 6 / 5, "coverage": 1}


def test_distant_sets_do_not_overlap():
    rng = np.random.default_rng(0)
    real, drawn = rng.normal(size=(200, 4)), 50 + rng.normal(size=(200, 4))
    assert _figures(real, drawn) == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_half_of_the_modes():
    """Samples of one of two modes are precise and cover half. With an extra mode, it is the reverse."""
    rng = np.random.default_rng(0)
    here, there = (lambda size: rng.normal(size=(size, 2))), (lambda size: 50 + rng.normal(size=(size, 2)))
    both = np.concatenate([here(1000), there(1000)])
    missed = _figures(both, here(2000))
    assert missed["precision"] > 0.97
    assert missed["recall"] == pytest.approx(0.5, abs=0.02)
    assert missed["coverage"] == pytest.approx(0.5, abs=0.02)
    assert missed["density"] == pytest.approx(1, abs=0.1)
    invented = _figures(here(2000), both)
    assert invented["precision"] == pytest.approx(0.5, abs=0.02)
    assert invented["density"] == pytest.approx(0.5, abs=0.05)
    assert invented["recall"] > 0.97
    assert 0.8 < invented["coverage"] < 0.95, "half as many samples leave more balls empty"


def test_two_sets_of_one_source_have_the_density_and_coverage_of_the_paper():
    rng = np.random.default_rng(0)
    found = [_figures(*rng.normal(size=(2, 1000, 8))) for _ in range(4)]
    assert np.mean([figures["density"] for figures in found]) == pytest.approx(1, abs=0.03)
    assert np.mean([figures["coverage"] for figures in found]) == pytest.approx(1 - 2**-5, abs=0.01)


def test_one_stray_real_point_counts_for_a_fifth():
    """Its ball is huge: all samples in it count for precision, but little for density (Naeem et al. 2020, figure 1)."""
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(size=(200, 2)), [[40.0, 0.0]]])
    drawn = rng.normal((40, 20), 1, (50, 2))  # near no real point
    found = _figures(real, drawn)
    assert found["precision"] == 1
    assert found["density"] == pytest.approx(1 / 5)
    assert found["coverage"] == pytest.approx(1 / 201)


def test_samples_that_repeat_one_picture_have_low_coverage():
    real = np.random.default_rng(0).normal(size=(200, 2))
    found = _figures(real, np.repeat(real[:1], 200, axis=0))
    assert found["precision"] == 1
    assert found["recall"] == pytest.approx(1 / 200)
    assert found["coverage"] < 0.1


def test_figures_do_not_depend_on_position_and_scale():
    """Without centring, the expanded square would lose digits of features far from 0."""
    rng = np.random.default_rng(0)
    real, drawn = rng.normal(size=(2, 300, 5))
    assert _figures(1e7 + 1e-2 * real, 1e7 + 1e-2 * drawn) == pytest.approx(_figures(real, drawn), abs=0.02)


def test_float32_features_give_the_same_figures():
    rng = np.random.default_rng(0)
    real, drawn = rng.normal(size=(2, 300, 5)).astype(np.float32)
    assert _figures(real, drawn) == _figures(real.astype(np.float64), drawn.astype(np.float64))


def test_distances_are_never_all_in_memory():
    real, drawn = np.random.default_rng(0).normal(size=(2, 6000, 8))
    tracemalloc.start()
    compare(real, drawn)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 6000 * 6000 * 8 / 2  # half of a full matrix


@pytest.mark.parametrize(("real", "drawn"), [((5, 2), (9, 2)), ((9, 2), (5, 2)), ((9, 2), (9, 3)), ((9,), (9,))])
def test_rejects_invalid_arguments(real, drawn):
    with pytest.raises(BadRequestError, match="cannot be compared"):
        compare(np.zeros(real), np.zeros(drawn))
