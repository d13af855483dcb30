"""A data set in memory and its three splits."""

from dataclasses import dataclass

import numpy as np

from vae.data.builtin import DatasetInfo
from vae.errors import DataError
from vae.message import N_, message

__all__ = ["Dataset", "Split", "make_dataset", "make_split", "trained_on"]

# The last 10,000 of MNIST's 60,000 training images are for validation; smaller sets keep the same share.
VALIDATION_SHARE = 6


@dataclass(frozen=True)
class Split:
    """Images with their labels.

    Attributes:
        images: uint8 `(n, h, w, c)`, 0 to 255; a read-only memory map where they may not fit into memory.
        labels: int64 `(n,)`, an index into the data set's class names; all 0 where it has none.
        attributes: float32 `(n, k)`, values of the data set's `DatasetInfo.attributes`, NaN where one is missing; None
            where it has none.
    """

    images: np.ndarray
    labels: np.ndarray
    attributes: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Dataset:
    """A data set with disjoint train, validation and test splits."""

    info: DatasetInfo
    train: Split
    validation: Split
    test: Split
    origin: str  # where the training images came from, for messages and model cards
    complete: bool  # False for the bundled sample of the train split


def trained_on(images: int) -> int:
    """Return how many images of a train split are used for training; the rest is for validation."""
    return images - images // VALIDATION_SHARE


def make_dataset(info: DatasetInfo, train: Split, test: Split, origin: str, complete: bool = True) -> Dataset:
    """Hold back the last sixth of `train` for validation."""
    kept = trained_on(len(train))
    return Dataset(
        info,
        Split(train.images[:kept], train.labels[:kept]),
        Split(train.images[kept:], train.labels[kept:]),
        test,
        origin,
        complete,
    )


def make_split(
    info: DatasetInfo,
    images: np.ndarray,
    labels: np.ndarray,
    where: str,
    hint: str = "",
) -> Split:
    """Check raw arrays against the catalog and add the channel axis to grey images.

    Args:
        where: the name of the file, for messages.
        hint: what the user can do if the arrays do not fit; by default, a hint about the archive.

    Raises:
        DataError: dtype, image size or label range differ from those of the data set.
    """
    hint = hint or (
        N_("Use the unchanged archive from Keras.") if info.keras else N_("Correct the arrays of the archive.")
    )
    height, width, channels = info.image_shape
    if channels == 1 and images.ndim == 3:
        images = images[..., None]
    if images.dtype != np.uint8 or images.shape[1:] != info.image_shape or len(images) == 0:
        raise DataError(
            message(
                "{where}: {title} has uint8 images of {height}×{width}×{channels}, these are {dtype} of shape {shape}.",
                where=where,
                title=info.title,
                height=height,
                width=width,
                channels=channels,
                dtype=images.dtype,
                shape=images.shape,
            ),
            hint,
        )
    labels = np.asarray(labels).reshape(-1)
    whole = np.issubdtype(labels.dtype, np.integer)
    highest = max(len(info.class_names) - 1, 0)  # without classes, every label is 0
    if not whole or len(labels) != len(images) or labels.min() < 0 or labels.max() > highest:
        raise DataError(
            message(
                "{where}: {n} images need as many labels from 0 to {highest}.",
                where=where,
                n=len(images),
                highest=highest,
            ),
            hint,
        )
    return Split(images, labels.astype(np.int64))
