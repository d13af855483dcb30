"""Loads the digits data set of scikit-learn."""

from typing import cast

import numpy as np

from vae.data.builtin import DatasetInfo
from vae.data.dataset import Dataset, make_dataset, make_split

__all__ = ["load_digits"]


def load_digits(info: DatasetInfo) -> Dataset:
    """Load the 1,797 images of 8×8 pixels.

    The file is ordered by writer. It is shuffled with a fixed seed, so that all splits have images of the same writers.
    """
    from sklearn import datasets
    from sklearn.utils import Bunch

    digits = cast(Bunch, datasets.load_digits())  # a tuple with other arguments
    images = np.round(digits.images * (255 / 16)).astype(np.uint8)  # 0…16 → 0…255
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], digits.target[order]
    origin = "scikit-learn"
    return make_dataset(
        info,
        make_split(info, images[:1500], labels[:1500], origin),
        make_split(info, images[1500:], labels[1500:], origin),
        origin,
    )
