"""Splits are disjoint, proportional and reproducible."""

import numpy as np
import pytest

from vae.data.splits import keeps_groups, split_rows


def _sizes(count):
    return tuple(len(rows) for rows in split_rows(np.zeros(count, int), 0).values())


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
def test_validation_and_test_are_a_sixth_each_within_limits(count, sizes):
    assert _sizes(count) == sizes
    assert list(split_rows(np.zeros(count, int), 0)) == ["train", "validation", "test"]


def test_every_row_is_in_one_split():
    rows = np.concatenate(list(split_rows(np.arange(500) % 7, 3).values()))
    assert sorted(rows.tolist()) == list(range(500))


def test_classes_are_split_in_proportion():
    labels = np.repeat([0, 1, 2], [600, 240, 60])
    for split, share in (("train", 4 / 6), ("validation", 1 / 6), ("test", 1 / 6)):
        counts = np.bincount(labels[split_rows(labels, 0)[split]], minlength=3)
        np.testing.assert_allclose(counts, np.array([600, 240, 60]) * share, atol=1)


def test_the_only_image_of_a_class_is_in_train():
    labels = np.r_[np.zeros(40, int), np.arange(1, 31)]
    train = split_rows(labels, 0)["train"]
    assert set(labels[train].tolist()) == set(range(31))


def test_the_order_within_a_split_is_random():
    labels = np.repeat([0, 1], 300)
    for rows in split_rows(labels, 0).values():
        first = labels[rows[: len(rows) // 2]]
        assert 0.3 < first.mean() < 0.7
        assert rows.tolist() != sorted(rows.tolist())


def _split_of(splits, count):
    found = np.empty(count, object)
    for name, rows in splits.items():
        found[rows] = name
    return found


def test_groups_are_in_one_split_and_sizes_are_unchanged():
    groups = np.repeat(np.arange(200), 3)
    labels = np.arange(600) % 4
    splits = split_rows(labels, 0, groups)
    assert [len(rows) for rows in splits.values()] == [402, 99, 99]
    assert keeps_groups(splits, groups)
    split = _split_of(splits, 600)
    assert all(len(set(split[groups == group])) == 1 for group in range(200))
    assert not keeps_groups(split_rows(labels, 0), groups)


def test_groups_of_one_image_change_nothing():
    labels = np.r_[np.arange(500) % 7, [7]]
    one, other = split_rows(labels, 3), split_rows(labels, 3, np.arange(501)[::-1])
    assert all(set(one[name]) == set(other[name]) for name in one)


def test_a_large_group_and_the_only_image_of_a_class_are_in_train():
    groups = np.r_[np.zeros(300, int), np.arange(1, 301)]
    labels = np.r_[np.zeros(599, int), [1]]
    groups[599] = groups[310]
    split = _split_of(split_rows(labels, 0, groups), 600)
    assert set(split[:300]) == {"train"}
    assert split[599] == split[310] == "train"
    assert (split == "test").sum() == (split == "validation").sum() == 100


def test_groups_are_ignored_if_too_few_images_remain():
    labels, groups = np.zeros(600, int), np.arange(600) // 200
    splits = split_rows(labels, 0, groups)
    assert [len(rows) for rows in splits.values()] == [400, 100, 100]
    assert not keeps_groups(splits, groups)


def test_the_seed_determines_the_splits():
    labels = np.arange(200) % 4
    one, same, other = split_rows(labels, 1), split_rows(labels, 1), split_rows(labels, 2)
    assert all(np.array_equal(one[split], same[split]) for split in one)
    assert not np.array_equal(one["test"], other["test"])
    assert set(one["test"].tolist()) != set(other["test"].tolist())
