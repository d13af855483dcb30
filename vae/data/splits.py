"""Which images are trained on, validated on and tested on."""

import numpy as np

__all__ = ["MIN_HELD_BACK", "SPLIT_NAMES", "keeps_groups", "part"]

SPLIT_NAMES = ("train", "validation", "test")
MIN_HELD_BACK = 12  # a bundle's off-data meter wants eleven test images
_MAX_HELD_BACK = 10_000
_SHARE = 6


def part(labels: np.ndarray, seed: int, groups: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Row numbers of each split: a sixth each to validate and test on (at least 12, at most 10,000), the rest to train.

    Every class is parted in proportion; one image of each is trained on, if there are more images than classes to
    train on. Within a split the order is random: its first images are a sample of it.

    Images of one group stand in one split. A group of more than a quarter of a split is trained on; where then too few
    images are left to hold back, groups count for nothing (`keeps_groups`).

    Args:
        labels: `(n,)` whole numbers, n at least 37.
        seed: the same labels, groups and seed give the same rows.
        groups: int `(n,)`, equal numbers for images that belong together; each by itself when None.
    """
    rng = np.random.default_rng(seed)
    held_back = int(np.clip(len(labels) // _SHARE, MIN_HELD_BACK, _MAX_HELD_BACK))
    # Each image's place in its shuffled class, in (0, 1): equal stretches of it hold equal shares of every class.
    place = np.empty(len(labels))
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        place[rows] = (np.arange(len(rows)) + 0.5) / len(rows)
        place[rows[-1]] = 1.0  # trained on, before any second image of another class is
    shuffled = rng.permutation(len(labels))  # ties are broken by chance, not by class
    order = shuffled[np.argsort(place[shuffled], kind="stable")]
    parts = None if groups is None else _by_groups(order, groups, place[order] == 1.0, held_back)
    if parts is None:
        parts = (order[2 * held_back :], order[held_back : 2 * held_back], order[:held_back])
    return {name: rng.permutation(rows) for name, rows in zip(SPLIT_NAMES, parts, strict=True)}


def keeps_groups(splits: dict[str, np.ndarray], groups: np.ndarray) -> bool:
    """Whether `part` could keep every group in one split."""
    found = [np.unique(groups[rows]) for rows in splits.values()]
    return sum(map(len, found)) == len(np.unique(groups))


def _by_groups(
    order: np.ndarray, groups: np.ndarray, trained: np.ndarray, held_back: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Rows to train, validate and test on; None where groups leave less than three quarters to hold back.

    Args:
        order: int `(n,)`, rows; those first are tested on, those last are trained on.
        groups: int `(n,)`, by row.
        trained: bool `(n,)`, by place in `order`: those that must be trained on.
    """
    _, first, inverse, sizes = np.unique(groups[order], return_index=True, return_inverse=True, return_counts=True)
    to_train = (np.bincount(inverse, trained) > 0) | (sizes > held_back // 4)
    split = np.zeros(len(sizes), np.int64)  # of each group: 0 train, 1 validation, 2 test
    left = {2: held_back, 1: held_back}
    for group in np.argsort(first):
        for number, room in left.items():
            if not to_train[group] and sizes[group] <= room:
                split[group] = number
                left[number] -= sizes[group]
                break
    if max(left.values()) > held_back // 4:
        return None
    return tuple(order[split[inverse] == number] for number in range(3))
