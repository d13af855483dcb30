"""Three parts, disjoint, in proportion, the same each time."""

import numpy as np
import pytest

from vae.data.parting import part


def _sizes(count):
    return tuple(len(rows) for rows in part(np.zeros(count, int), 0).values())


@pytest.mark.parametrize(
    ("count", "sizes"),
    [
        (60, (36, 12, 12)),
        (72, (48, 12, 12)),
        (90, (60, 15, 15)),
        (600, (400, 100, 100)),
        (60_000, (40_000, 10_000, 10_000)),
        (90_000, (70_000, 10_000, 10_000)),
    ],
)
def test_a_sixth_each_is_held_back_within_bounds(count, sizes):
    assert _sizes(count) == sizes
    assert list(part(np.zeros(count, int), 0)) == ["train", "validation", "test"]


def test_every_row_is_in_one_part():
    rows = np.concatenate(list(part(np.arange(500) % 7, 3).values()))
    assert sorted(rows.tolist()) == list(range(500))


def test_classes_are_held_back_in_proportion():
    labels = np.repeat([0, 1, 2], [600, 240, 60])
    for split, share in (("train", 4 / 6), ("validation", 1 / 6), ("test", 1 / 6)):
        counts = np.bincount(labels[part(labels, 0)[split]], minlength=3)
        np.testing.assert_allclose(counts, np.array([600, 240, 60]) * share, atol=1)


def test_a_class_s_only_image_is_trained_on():
    labels = np.r_[np.zeros(40, int), np.arange(1, 31)]
    train = part(labels, 0)["train"]
    assert set(labels[train].tolist()) == set(range(31))


def test_within_a_part_the_order_is_random():
    labels = np.repeat([0, 1], 300)
    for rows in part(labels, 0).values():
        first = labels[rows[: len(rows) // 2]]
        assert 0.3 < first.mean() < 0.7
        assert rows.tolist() != sorted(rows.tolist())


def test_the_seed_decides():
    labels = np.arange(200) % 4
    one, same, other = part(labels, 1), part(labels, 1), part(labels, 2)
    assert all(np.array_equal(one[split], same[split]) for split in one)
    assert not np.array_equal(one["test"], other["test"])
    assert set(one["test"].tolist()) != set(other["test"].tolist())
