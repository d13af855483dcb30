"""Splits images into train, validation and test."""

import numpy as np

__all__ = ["MIN_HELD_BACK", "SPLIT_NAMES", "keeps_groups", "split_rows"]

SPLIT_NAMES = ("train", "validation", "test")
MIN_HELD_BACK = 12  # the off-data meter needs eleven test images
_MAX_HELD_BACK = 10_000
_SHARE = 6


def split_rows(labels: np.ndarray, seed: int, groups: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the row numbers of each split: a sixth each for validation and test (12 to 10,000), the rest for train.

    Every class is split in proportion. The train split has one image of every class if it has more images than there
    are classes. Within a split the order is random, so its first images are a sample of it.

    Images of one group are in the same split. A group larger than a quarter of a split goes to train. If too few
    images remain for validation and test, groups are ignored (`keeps_groups`).

    Args:
        labels: `(n,)` whole numbers, n at least 37.
        seed: the same labels, groups and seed give the same rows.
        groups: int `(n,)`, equal numbers for images that belong together; no groups when None.
    """
    rng = np.random.default_rng(seed)
    held_back = int(np.clip(len(labels) // _SHARE, MIN_HELD_BACK, _MAX_HELD_BACK))
    # Each image's relative position in its shuffled class, in (0, 1): equal intervals hold equal shares of every class.
    place = np.empty(len(labels))
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
        place[rows[-1]] = 1.0  # one image of every class goes to train first
    shuffled = rng.permutation(len(labels))  # ties are broken at random, not by class
    order = shuffled[np.argsort(place[shuffled], kind="stable")]
    parts = None if groups is None else _by_groups(order, groups, place[order] == 1.0, held_back)
    if parts is None:
        parts = (order[2 * held_back :], order[held_back : 2 * held_back], order[:held_back])
    return {name: rng.permutation(rows) for name, rows in zip(SPLIT_NAMES, parts, strict=True)}


def keeps_groups(splits: dict[str, np.ndarray], groups: np.ndarray) -> bool:
    """Return whether every group is within one split."""
    found = [np.unique(groups[rows]) for rows in splits.values()]
    return sum(map(len, found)) == len(np.unique(groups))


def _by_groups(
    order: np.ndarray, groups: np.ndarray, trained: np.ndarray, held_back: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Rows of train, validation and test; None if groups leave less than three quarters of the rows to hold back.

    Args:
        order: int `(n,)`, rows; the first go to test, the last to train.
        groups: int `(n,)`, by row.
        trained: bool `(n,)`, by position in `order`: rows that must go to train.
    """
    _, first, inverse, sizes = np.unique(groups[order], return_index=True, return_inverse=True, return_counts=True)
    to_train = (np.bincount(inverse, trained) > 0) | (sizes > held_back // 4)
    split = np.zeros(len(sizes), np.int64)  # of each group: 0 train, 1 validation, 2 test
    left = {2: held_back, 1: held_back}
    for group in np.argsort(first):
        for number, room in left.items():
            if not to_train[group] and sizes[group] <= room:
                split[group] = number
                left[number] -= int(sizes[group])
                break
    if max(left.values()) > held_back // 4:
        return None
    return order[split[inverse] == 0], order[split[inverse] == 1], order[split[inverse] == 2]
