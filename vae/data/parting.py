"""Which images are trained on, validated on and tested on."""

import numpy as np

__all__ = ["MIN_HELD_BACK", "SPLIT_NAMES", "part"]

SPLIT_NAMES = ("train", "validation", "test")
MIN_HELD_BACK = 12  # a bundle's off-data meter wants eleven test images
_MAX_HELD_BACK = 10_000
_SHARE = 6


def part(labels: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Row numbers of each split: a sixth each to validate and test on (at least 12, at most 10,000), the rest to train.

    Every class is parted in proportion; one image of each is trained on, if there are more images than classes to
    train on. Within a split the order is random: its first images are a sample of it.

    Args:
        labels: `(n,)` whole numbers, n at least 37.
        seed: the same labels and seed give the same rows.
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
    parts = (order[2 * held_back :], order[held_back : 2 * held_back], order[:held_back])
    return {name: rng.permutation(rows) for name, rows in zip(SPLIT_NAMES, parts, strict=True)}
