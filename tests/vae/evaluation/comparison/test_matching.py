"""Matching of dimensions that are permuted, flipped, rotated or independent."""

import numpy as np
import pytest

from vae.errors import BadRequestError
from vae.evaluation.comparison import follow_linearly, match_dimensions

ROWS = 4000


@pytest.fixture
def z():
    rng = np.random.default_rng(0)
    return (rng.normal(size=(ROWS, 6)) * [1, 0.5, 2, 1, 0.7, 3]).astype(np.float32)


def test_a_permuted_flipped_and_scaled_copy_matches_completely(z):
    order, signs, scale = [3, 0, 5, 1, 4, 2], np.array([1, -1, -1, 1, -1, 1]), np.array([2, 1, 0.5, 1, 3, 1])
    copy = z[:, order] * signs * scale
    found = match_dimensions(z, copy)
    assert sorted(zip(found.a.tolist(), found.b.tolist(), strict=True)) == sorted(zip(order, range(6), strict=True))
    np.testing.assert_allclose(found.correlation, signs[found.b], atol=1e-6)
    np.testing.assert_allclose(found.slope, (signs * scale)[found.b], rtol=1e-5)
    assert not len(found.only_a) and not len(found.only_b)
    following = follow_linearly(z, copy)
    np.testing.assert_allclose((z - z.mean(0)) @ following.weights, copy - copy.mean(0), atol=1e-4)
    assert following.share == pytest.approx(1, abs=1e-6)


def test_the_sum_is_optimised_not_the_best_pair():
    rng = np.random.default_rng(1)
    x, y, noise = rng.normal(size=(3, ROWS))
    z_a = np.stack([x, x + 0.5 * y], axis=1)
    z_b = np.stack([x + 0.1 * noise, x], axis=1)
    # Both dimensions of A match dimension 1 of B best. The assignment with the larger sum is chosen.
    found = match_dimensions(z_a, z_b)
    pairs = dict(zip(found.a.tolist(), found.b.tolist(), strict=True))
    r = np.corrcoef(np.concatenate([z_a, z_b], axis=1).T)[:2, 2:]
    best = max((r[0, 0] + r[1, 1], {0: 0, 1: 1}), (r[0, 1] + r[1, 0], {0: 1, 1: 0}), key=lambda one: one[0])[1]
    assert pairs == best


def test_collapsed_and_surplus_dimensions_have_no_partner(z):
    collapsed = z.copy()
    collapsed[:, 2] = 1e-3 * z[:, 2]
    found = match_dimensions(collapsed, z[:, [5, 0, 4]])
    assert set(found.a) == {5, 0, 4} and set(found.b) == {0, 1, 2}
    assert found.only_a.tolist() == [1, 3] and found.only_b.tolist() == []
    assert match_dimensions(z[:, [5, 0, 4]], collapsed).only_b.tolist() == [1, 3]
    assert not follow_linearly(collapsed, z).weights[2].any()


def test_a_rotation_has_no_matching_dimensions_but_a_linear_map(z):
    unit = z / z.std(axis=0)
    rotation, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(6, 6)))
    found = match_dimensions(unit, unit @ rotation)
    assert np.abs(found.correlation).max() < 0.97
    following = follow_linearly(unit, unit @ rotation)
    np.testing.assert_allclose(following.weights, rotation, atol=1e-3)
    assert following.share > 0.999


def test_independent_codes_have_weak_matches(z):
    other = np.random.default_rng(3).normal(size=(ROWS, 6))
    found, following = match_dimensions(z, other), follow_linearly(z, other)
    assert np.abs(found.correlation).max() < 4.5 / np.sqrt(ROWS)
    np.testing.assert_allclose(
        found.slope, found.correlation / z[:, found.a].std(0) * other[:, found.b].std(0), rtol=1e-4
    )
    assert following.share < 0.01 and following.shares.shape == (6,)


def test_a_collapsed_model_has_no_pairs(z):
    found = match_dimensions(z, np.zeros((ROWS, 3)))
    assert len(found.a) == 0 and found.only_a.tolist() == list(range(6))
    assert follow_linearly(z, np.zeros((ROWS, 3))).share == 0


def test_other_images_are_refused(z):
    for refuse in (match_dimensions, follow_linearly):
        with pytest.raises(BadRequestError, match="4000 codes of A and 3999 of B"):
            refuse(z, z[1:])
        with pytest.raises(BadRequestError, match="The codes of B hold NaN"):
            refuse(z, np.full_like(z, np.nan))
