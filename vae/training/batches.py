"""The batches of a run. They depend only on seed and epoch, so a resumed run repeats them."""

import itertools
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from vae.data.dataset import Split
from vae.errors import TrainingError
from vae.message import message
from vae.training.augmentation import Augmentation

__all__ = ["ahead", "shuffled_batches"]

Batch = tuple[np.ndarray, np.ndarray]  # images and labels
Item = TypeVar("Item")


def shuffled_batches(
    split: Split, batch_size: int, seed: int, first_step: int = 0, augmentation: Augmentation | None = None
) -> Iterator[Batch]:
    """Yield batches without end, starting at step `first_step` of a run.

    All batches have the same size, so one shape is compiled. The remaining images differ in each epoch. Pixels stay
    uint8, a quarter of the bytes of float32; the model scales them.

    Yields:
        images uint8 `(batch_size, h, w, c)` and labels int32 `(batch_size,)`.

    Raises:
        TrainingError: there are fewer images than `batch_size`.
    """
    per_epoch = len(split) // batch_size
    if not per_epoch:  # without one whole batch, the loop below would not end
        raise TrainingError(
            message("{n} images do not fill a batch of {batch_size}.", n=len(split), batch_size=batch_size),
            "Use smaller batches.",
        )
    first_epoch, skipped = divmod(first_step, per_epoch)
    for epoch in itertools.count(first_epoch):
        order = np.random.default_rng((seed, epoch)).permutation(len(split))
        for index in range(skipped, per_epoch):
            # Sorted within the batch: reading memory in order is faster, and the gradient is the same.
            rows = np.sort(order[index * batch_size : (index + 1) * batch_size])
            images = np.asarray(split.images[rows])
            if augmentation:
                images = augmentation(images, epoch, np.random.default_rng((seed, epoch, index)))
            yield np.ascontiguousarray(images), split.labels[rows].astype(np.int32)
        skipped = 0


def ahead(batches: Iterator[Item]) -> Generator[Item, None, None]:
    """Yield the same batches, and read the next one in a thread while the current one is in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as reader:
        following = reader.submit(next, batches)
        while True:
            batch = following.result()
            following = reader.submit(next, batches)
            yield batch
