"""Which images make up which step: a matter of (seed, epoch) alone, so that a resumed run repeats it."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from vae.data.dataset import Split
from vae.errors import TrainingError
from vae.training.augmentation import Augmentation

__all__ = ["ahead", "shuffled_batches"]


def shuffled_batches(
    split: Split, batch_size: int, seed: int, first_step: int = 0, augmentation: Augmentation | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches for ever, from the step `first_step` of a run on.

    Only whole batches, one compiled shape; the few images left over are others in each epoch. Pixels stay uint8, a
    quarter of the bytes: the model scales them itself.

    Yields:
        images uint8 `(batch_size, h, w, c)` and labels int32 `(batch_size,)`.
    """
    per_epoch = len(split) // batch_size
    if not per_epoch:  # not one whole batch: the search for it would not end
        raise TrainingError(f"{len(split)} images do not fill a batch of {batch_size}.", "Use smaller batches.")
    first_epoch, skipped = divmod(first_step, per_epoch)
    for epoch in itertools.count(first_epoch):
        order = np.random.default_rng((seed, epoch)).permutation(len(split))
        for index in range(skipped, per_epoch):
            # Sorted within the batch: reading memory in order is faster, and a gradient does not care.
            rows = np.sort(order[index * batch_size : (index + 1) * batch_size])
            images = np.asarray(split.images[rows])
            if augmentation:
                images = augmentation(images, epoch, np.random.default_rng((seed, epoch, index)))
            yield np.ascontiguousarray(images), split.labels[rows].astype(np.int32)
        skipped = 0


def ahead(batches: Iterator) -> Iterator:
    """The same batches, the next one being read while the current one is trained on."""
    with ThreadPoolExecutor(1, thread_name_prefix="batches") as reader:
        coming = reader.submit(next, batches)
        while True:
            batch = coming.result()
            coming = reader.submit(next, batches)
            yield batch
